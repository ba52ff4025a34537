import * as z from 'zod'
import {
  absent,
  defineModule,
  interfaceName,
  isKnown,
  predict,
  presence,
  run,
  sh,
  unknown,
  type Absent,
  type Fact,
  type Step,
  type Unknown,
} from 'haq'

/** How systemd-networkd holds an interface. */
interface Networkd {
  /** The .network file that it goes by. */
  readonly network: string
  /** What that file and its drop-ins say of KeepConfiguration=, in their order: the last one counts. */
  readonly settings: readonly { readonly path: string; readonly value: string }[]
}

const dropInName = '99-haq-keep.conf'

/**
 * Makes systemd-networkd leave addresses alone that it did not set, such as the virtual IPs of keepalived: else it
 * removes them whenever it is restarted, as by an upgrade of systemd, and they are gone until keepalived notices (seen with
 * systemd 257; 252 left them in the same experiment, and others tell of it from 237 on). Nothing is done where systemd-networkd does not run or does not manage the interface.
 * A virtual IP on the loopback needs it only where a .network file matches `lo`.
 *
 * @see systemd.network(5), KeepConfiguration=
 */
export const networkdKeeps = defineModule({
  name: 'networkdKeeps',
  summary: 'Stop systemd-networkd from removing virtual IPs when it restarts',
  params: z.object({
    interface: interfaceName.describe('the interface that holds them'),
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

/** Values with which addresses stay that somebody else set. */
const keepsStatic: readonly string[] = ['static', 'yes', 'true', 'on', '1']

/** Absent where networkd does not run, or leaves the interface alone. */
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
          const [, path, value] = /^(\S+) (.*?)\s*$/.exec(line) ?? []
          if (path === undefined || value === undefined) throw new Error(`awk printed ${JSON.stringify(line)}`)
          return { path, value }
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
  // Who keeps dynamic addresses goes on to do so.
  const value = last?.startsWith('d') ? 'yes' : 'static'
  return step(dev, networkd, last ?? 'no', value)
}

function drop(dev: string, networkd: Networkd | Unknown): Step {
  const own = isKnown(networkd) ? ownSetting(networkd)?.value : undefined
  return step(dev, networkd, own ?? 'unknown', undefined)
}

/** Writes the drop-in with a value, or removes it. */
function step(dev: string, networkd: Networkd | Unknown, from: string, to: string | undefined): Step {
  const change = { what: `systemd-networkd's KeepConfiguration of ${dev}`, from, to: to ?? 'as its .network file says' }
  if (!isKnown(networkd))
    return run({
      change: { ...change, from: 'unknown' },
      script: sh`echo 'what systemd-networkd does is not known' >&2; exit 1`,
      undo: { impossible: 'what it was before is not known' },
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
