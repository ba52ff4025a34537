import { absent, quoted, sh, type Absent, type Fact } from 'haq'

/** Whether the kernel can balance with ip_vs: yes, after its module is loaded, or not at all. @see ipvsadm(8) */
export const ipvsSupport: Fact<'loaded' | 'loadable' | Absent> = {
  key: 'ipvsSupport',
  script: sh`PATH=$PATH:/usr/sbin:/sbin
if [ -e /proc/net/ip_vs ]; then echo loaded
elif modprobe -n -q ip_vs 2>/dev/null; then echo loadable
else echo absent; fi`,
  parse: stdout => {
    const word = stdout.trim()
    return word === 'loaded' || word === 'loadable' ? word : absent
  },
}

/**
 * What keeps ip_vs from being loaded at boot although a file in modules-load.d names it; absent where nothing does.
 *
 * @see modprobe.d(5), blacklist and install; systemd-modules-load.service(8)
 */
export const ipvsBlocked: Fact<string | Absent> = {
  key: 'ipvsBlocked',
  script: sh`for folder in /etc/systemd/system /run/systemd/system; do
  if [ "$(readlink "$folder/systemd-modules-load.service")" = /dev/null ]; then
    echo 'systemd-modules-load is masked'
    exit 0
  fi
done
for folder in /etc/modprobe.d /run/modprobe.d /usr/local/lib/modprobe.d /usr/lib/modprobe.d /lib/modprobe.d; do
  for file in "$folder"/*.conf; do
    [ -f "$file" ] || continue
    line=$(grep -n -E '^[[:space:]]*(blacklist[[:space:]]+ip_vs[[:space:]]*$|install[[:space:]]+ip_vs[[:space:]])' "$file") || continue
    printf '%s\n' "$line" | sed -n "1s|^|$file:|p"
    exit 0
  done
done`,
  parse: stdout => stdout.trim() || absent,
}

/** A real server in the kernel's IPVS table. */
export interface IpvsServer {
  readonly address: string
  /** 0 for a service with a firewall mark. */
  readonly port: number
  readonly forward: string
  readonly weight: number
}

/** A service in the kernel's IPVS table. */
export interface IpvsService {
  /** `TCP 192.168.1.120:5672`, `UDP [fd00::1]:53` or `FWM 1`. */
  readonly name: string
  readonly scheduler: string
  readonly servers: readonly IpvsServer[]
}

/** The IPVS table of the kernel. Absent if ip_vs is not loaded. @see ipvsadm(8) */
export const ipvsTable: Fact<readonly IpvsService[] | Absent> = {
  key: 'ipvsTable',
  script: sh`if [ -e /proc/net/ip_vs ]; then cat /proc/net/ip_vs; else echo absent; fi`,
  parse: stdout => (stdout === 'absent\n' ? absent : parseTable(stdout)),
}

function parseTable(text: string): readonly IpvsService[] {
  const services: { name: string; scheduler: string; servers: IpvsServer[] }[] = []
  // Three header lines.
  for (const line of text.split('\n').slice(3)) {
    const [kind = '', endpoint = '', third = '', weight = ''] = line.trim().split(/\s+/)
    if (kind === '->') {
      const { address, port } = parseEndpoint(endpoint)
      services.at(-1)?.servers.push({ address, port, forward: third, weight: Number(weight) })
    } else if (kind !== '') services.push({ name: serviceName(kind, endpoint), scheduler: third, servers: [] })
  }
  return services
}

function serviceName(kind: string, endpoint: string): string {
  if (kind === 'FWM') return `FWM ${parseInt(endpoint, 16)}`
  const { address, port } = parseEndpoint(endpoint)
  return `${kind} ${address.includes(':') ? `[${address}]` : address}:${port}`
}

/** `C0A80178:1628` means 192.168.1.120 port 5672. IPv6 addresses are in brackets, without abbreviation. */
function parseEndpoint(text: string): { readonly address: string; readonly port: number } {
  const [, host, port] = /^(.+):([0-9A-F]{4})$/i.exec(text) ?? []
  if (host === undefined || port === undefined) throw new Error(`/proc/net/ip_vs has ${quoted(text)}`)
  return { address: parseAddress(host), port: parseInt(port, 16) }
}

function parseAddress(host: string): string {
  const bytes = /^[0-9A-F]{8}$/i.exec(host)?.[0].match(/../g)
  if (bytes) return bytes.map(byte => parseInt(byte, 16)).join('.')
  // The usual notation of IPv6, as URL writes it: without leading zeros.
  return new URL(`http://${host}`).hostname.slice(1, -1)
}
