import { absent, type Absent, type Fact, sh } from 'haq'

/** The link-layer address (MAC) of an interface, in lower case; absent where there is no such interface. @see ip-link(8) */
export function linkAddress(interfaceName: string): Fact<string | Absent> {
  return {
    key: `linkAddress:${interfaceName}`,
    script: sh`if [ -e /sys/class/net/${interfaceName}/address ]; then cat /sys/class/net/${interfaceName}/address; fi`,
    parse: stdout => stdout.trim().toLowerCase() || absent,
  }
}
