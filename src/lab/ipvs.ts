import { access } from 'node:fs/promises'

/** Whether the kernel balances: a lab that came up has loaded what there is to load. @see ipvsadm(8) */
export function isIpvsLoaded(): Promise<boolean> {
  return access('/proc/net/ip_vs').then(
    () => true,
    () => false,
  )
}
