import { access } from 'node:fs/promises'

/** Whether the kernel has IPVS loaded. labUp has loaded the module if there is one. @see ipvsadm(8) */
export function isIpvsLoaded(): Promise<boolean> {
  return access('/proc/net/ip_vs').then(
    () => true,
    () => false,
  )
}
