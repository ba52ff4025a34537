import { absent, quoted, sh, type Absent, type Fact } from 'haq'

/**
 * The link-layer address (MAC) of an interface, in lower case. Absent if there is no such interface.
 *
 * @see ip-link(8)
 */
export function linkAddress(interfaceName: string): Fact<string | Absent> {
  return {
    key: `linkAddress:${interfaceName}`,
    script: sh`if [ -e /sys/class/net/${interfaceName}/address ]; then cat /sys/class/net/${interfaceName}/address; fi`,
    parse: stdout => {
      const said = stdout.trim().toLowerCase()
      if (said === '') return absent
      // The text becomes part of scripts on other hosts, so nothing but a link-layer address is accepted.
      if (!/^[0-9a-f]{2}(:[0-9a-f]{2}){5,19}$/.test(said)) throw new Error(`the link address is ${quoted(said)}`)
      return said
    },
  }
}
