import { deepStrictEqual, strictEqual } from 'node:assert'
import { changesOf, type Site } from './site.ts'

/** One thing that somebody or something may have changed on a host. */
interface Drift {
  readonly host: string
  readonly script: string
}

const vip = '192.168.1.120'
const vipUnit = `haq-vip-${vip}.service`
const files = [
  '/etc/hosts',
  '/etc/keepalived/keepalived.conf',
  '/etc/sysctl.d/90-haq-arp.conf',
  `/etc/systemd/system/${vipUnit}`,
]

/** What a script may do to a host of the reference pair; each by itself leaves a host that haq can mend. */
const kinds: readonly ((pick: Pick) => string)[] = [
  pick => `echo '# by hand' >>${pick(files)}`,
  pick => `chmod 0600 ${pick(files)}`,
  pick => `chown op ${pick(files)}`,
  pick => `rm -f ${pick(files.slice(1))}`,
  pick => `sed -i '${pick(['1d', '$d', 's/mygateway/elsewhere/', 's/192.168.1.121/10.1.1.1/'])}' /etc/hosts`,
  pick =>
    `sysctl -qw net.ipv4.conf.${pick(['all', 'lo', 'eth1'])}.${pick(['arp_ignore=0', 'arp_announce=0', 'arp_ignore=2'])}`,
  () => `ip address del ${vip}/32 dev lo || true`,
  pick => `systemctl -q disable ${pick([vipUnit, 'keepalived', 'rabbitmq-server'])}`,
  () => 'systemctl stop keepalived',
  pick => `chmod ${pick(['0600', '0440'])} /var/lib/rabbitmq/.erlang.cookie`,
  pick =>
    `rabbitmqctl -q set_policy ha-all '${pick(['^', '^q'])}' '{"ha-mode":"exactly","ha-params":${pick([1, 2])}}' --priority ${pick([0, 7])}`,
  () => 'rabbitmqctl -q clear_policy ha-all || true',
  () => 'rabbitmqctl -q delete_vhost cluster || true',
  () => 'rabbitmqctl -q stop_app',
]

type Pick = <T>(from: readonly T[]) => T

/** One to four drifts, the same for the same seed. */
function drifts(seed: number): readonly Drift[] {
  const random = generator(seed)
  const pick: Pick = from => from[Math.floor(random() * from.length)] as (typeof from)[number]
  return Array.from({ length: 1 + Math.floor(random() * 4) }, () => ({
    host: pick(['initiator', 'mygateway']),
    script: pick(kinds)(pick),
  }))
}

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
function generator(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** Changes the cluster by a seed, and fails unless a run mends it as check mode announced and the next one finds nothing. */
export async function mendsDrift(site: Site, seed: number): Promise<void> {
  const changes = drifts(seed)
  const story = changes.map(({ host, script }) => `${host}: ${script}`).join('\n')
  for (const { host, script } of changes) await site.on(host, `${script} 2>/dev/null || true`)
  const announced = await site.run('playbooks/cluster.ts', '--check')
  strictEqual(announced.exitCode, 0, `${story}\n${announced.all}`)
  const mended = await site.run('playbooks/cluster.ts')
  strictEqual(mended.exitCode, 0, `${story}\n${mended.all}`)
  const shown = changesOf(announced)
  const unsure = announced.tasks.some(task => task.changes.some(({ from }) => from === 'unknown'))
  if (unsure)
    deepStrictEqual(
      changesOf(mended).filter(change => !shown.includes(change)),
      [],
      story,
    )
  else deepStrictEqual(changesOf(mended), shown, story)
  const again = await site.run('playbooks/cluster.ts')
  deepStrictEqual([again.exitCode, changesOf(again)], [0, []], `${story}\n${again.all}`)
}
