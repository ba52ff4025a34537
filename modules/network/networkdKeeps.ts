import * as z from 'zod'
import {
  absent,
  defineModule,
  interfaceName,
  isKnown,
  predict,
  presence,
  quoted,
  run,
  sh,
  unknown,
  type Absent,
  type Fact,
  type Step,
  type Unknown,
} from 'haq'

/** How systemd-networkd configures an interface. */
interface Networkd {
  /** The .network file that applies to the interface. */
  readonly network: string
  /** The KeepConfiguration= lines of that file and its drop-ins, in order. The last one applies. */
  readonly settings: readonly { readonly path: string; readonly value: string }[]
}

const dropInName = '99-haq-keep.conf'

/**
 * Stops systemd-networkd from removing addresses that it did not set, such as keepalived's virtual IPs. Without this
 * setting, a restart of systemd-networkd (for instance by an upgrade of systemd) removes these addresses, and they are
 * gone until keepalived notices. This was seen with systemd 257, and not with 252; others report it from 237 on. Where
 * systemd-networkd does not run or does not manage the interface, the task changes nothing. A virtual IP on the
 * loopback interface needs the setting only if a .network file matches `lo`.
 *
 * @see systemd.network(5), KeepConfiguration=
 *
 * @example
 * ```ts
 * networkdKeeps({ interface: 'eth1' })
 * ```
 */
export const networkdKeeps = defineModule({
  name: 'networkdKeeps',
  summary: 'Stop systemd-networkd from removing virtual IPs when it restarts',
  params: z.object({
    interface: interfaceName.describe('the interface that holds the virtual IPs'),
    state: presence,
  }),
  title: ({ interface: dev }) => dev,
  facts: ({ interface: dev }) => ({ networkd: networkdOf(dev) }),
  plan: ({ interface: dev, state }, { networkd }) => {
    if (isKnown(networkd) && networkd === absent) return []
    const last = isKnown(networkd) ? networkd.settings.at(-1) : undefined
    if (state === 'absent') return isKnown(networkd) && !ownSetting(networkd) ? [] : [drop(dev, networkd)]
    return last && keepsStatic.includes(last.value) ? [] : [keep(dev, networkd, last?.value)]
  },
})

/** Values of KeepConfiguration= that keep addresses set by other programs. */
const keepsStatic: readonly string[] = ['static', 'yes', 'true', 'on', '1']

/** Absent if systemd-networkd does not run or does not manage the interface. */
function networkdOf(dev: string): Fact<Networkd | Absent> {
  return {
    key: `networkd:${dev}`,
    script: sh`systemctl -q is-active systemd-networkd.service || exit 0
network=$(networkctl --no-pager status -- ${dev} 2>/dev/null | sed -n 's/^ *Network File: *//p')
case $network in /*) ;; *) exit 0 ;; esac
echo "$network"
systemd-analyze cat-config "systemd/network/$(basename "$network")" |
  awk '/^# \// { path = $2 } /^KeepConfiguration=/ { sub(/^[^=]*=[ \t]*/, ""); print path, $0 }'`,
    parse: stdout => {
      const [network, ...lines] = stdout.split('\n').filter(Boolean)
      if (network === undefined) return absent
      return {
        network,
        settings: lines.map(line => {
          const space = line.indexOf(' ')
          if (!line.startsWith('/') || space < 0) throw new Error(`awk printed ${quoted(line)}`)
          return { path: line.slice(0, space), value: line.slice(space).trim() }
        }),
      }
    },
  }
}

function dropInFolder({ network }: Networkd): string {
  return `/etc/systemd/network/${network.split('/').at(-1)}.d`
}

function ownSetting(networkd: Networkd) {
  return networkd.settings.find(({ path }) => path === `${dropInFolder(networkd)}/${dropInName}`)
}

function keep(dev: string, networkd: Networkd | Unknown, last: string | undefined): Step {
  // If dynamic addresses are kept already, they must stay kept.
  const value = last?.startsWith('d') ? 'yes' : 'static'
  return step(dev, networkd, last ?? 'no', value)
}

function drop(dev: string, networkd: Networkd | Unknown): Step {
  const own = isKnown(networkd) ? ownSetting(networkd)?.value : undefined
  return step(dev, networkd, own ?? 'unknown', undefined)
}

/** Writes the drop-in with a value, or removes the drop-in. */
function step(dev: string, networkd: Networkd | Unknown, from: string, to: string | undefined): Step {
  const change = { what: `systemd-networkd's KeepConfiguration of ${dev}`, from, to: to ?? 'as its .network file says' }
  if (!isKnown(networkd))
    return run({
      change: { ...change, from: 'unknown' },
      script: sh`echo 'what systemd-networkd does is not known' >&2; exit 1`,
      undo: { impossible: 'the previous setting is not known' },
      predicts: [predict(networkdOf(dev), unknown)],
    })
  const own = ownSetting(networkd)
  const folder = dropInFolder(networkd)
  const others = networkd.settings.filter(setting => setting !== own)
  const then = to === undefined ? others : [...others, { path: `${folder}/${dropInName}`, value: to }]
  return run({
    change,
    script: setDropIn(folder, to),
    undo: { change: { ...change, from: change.to, to: from }, script: setDropIn(folder, own?.value) },
    predicts: [predict(networkdOf(dev), { ...networkd, settings: then })],
  })
}

function setDropIn(folder: string, value: string | undefined) {
  const path = `${folder}/${dropInName}`
  return value === undefined
    ? sh`rm -f ${path}
rmdir ${folder} 2>/dev/null || :
networkctl reload`
    : sh`mkdir -p ${folder}
chmod 0755 ${folder}
printf '%s\n' '# Managed by haq (networkdKeeps).' '[Network]' ${`KeepConfiguration=${value}`} >${`${path}.new`}
chmod 0644 ${`${path}.new`}
mv ${`${path}.new`} ${path}
networkctl reload`
}
