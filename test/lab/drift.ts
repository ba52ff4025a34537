import { deepStrictEqual, ok, strictEqual } from 'node:assert'
import { changesOf, vip, type Site } from './site.ts'

/** One change that a person or a program may make on a host. */
interface Drift {
  readonly host: string
  readonly script: string
}

const hosts = ['initiator', 'mygateway']
const vipUnit = `haq-vip-${vip}.service`
const files = [
  '/etc/hosts',
  '/etc/keepalived/keepalived.conf',
  '/etc/sysctl.d/90-haq-arp.conf',
  `/etc/systemd/system/${vipUnit}`,
]

/** Scripts that change a host of the reference pair. haq can repair each of the changes. */
const kinds: readonly ((pick: Pick) => string)[] = [
  pick => `echo '# by hand' >>${pick(files)}`,
  pick => `chmod 0600 ${pick(files)}`,
  pick => `chown op ${pick(files)}`,
  pick => `rm -f ${pick(files.slice(1))}`,
  pick => `sed -i '${pick(['1d', '$d', 's/mygateway/elsewhere/', 's/192.168.1.121/10.1.1.1/'])}' /etc/hosts`,
  pick =>
    `sysctl -qw net.ipv4.conf.${pick(['all', 'lo', 'eth1'])}.${pick(['arp_ignore=0', 'arp_announce=0', 'arp_ignore=2'])}`,
  () => `ip address del ${vip}/32 dev lo || true`,
  pick => `ip address del ${vip}/32 dev lo || true; ip address add ${vip}/32 dev lo label ${pick(['lo', 'lo:7'])}`,
  () => `systemctl stop ${vipUnit}`,
  pick => `systemctl -q disable ${pick([vipUnit, 'keepalived', 'rabbitmq-server'])}`,
  () => 'systemctl stop keepalived',
  pick => `chmod ${pick(['0600', '0440'])} /var/lib/rabbitmq/.erlang.cookie`,
  () => 'printf OTHER >/var/lib/rabbitmq/.erlang.cookie',
  pick =>
    `rabbitmqctl -q set_policy ha-all '${pick(['^', '^q'])}' '{"ha-mode":"exactly","ha-params":${pick([1, 2])}}' --priority ${pick([0, 7])}`,
  () => 'rabbitmqctl -q clear_policy ha-all || true',
  () => 'rabbitmqctl -q delete_vhost cluster || true',
  () => 'rabbitmqctl -q stop_app',
  // The other nodes join the first node of the group.
  () =>
    `[ "$(uname -n)" = ${hosts[0]} ] || { rabbitmqctl -q stop_app; rabbitmqctl -q reset; rabbitmqctl -q start_app; }`,
]

type Pick = <T>(from: readonly T[]) => T

/** One to four changes, the same for the same seed. */
function drifts(seed: number): readonly Drift[] {
  const random = generator(seed)
  const pick: Pick = from => from[Math.floor(random() * from.length)] as (typeof from)[number]
  return Array.from({ length: 1 + Math.floor(random() * 4) }, () => ({
    host: pick(hosts),
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

/** The facts that undo must restore, one per line. The holder of the VIP is not included, because VRRP decides it. */
const dumpScript = `
for file in ${files.join(' ')} /var/lib/rabbitmq/.erlang.cookie; do
  if [ -e "$file" ]; then echo "$file: $(stat -c '%a %U:%G' "$file") $(sha256sum <"$file")"; else echo "$file: absent"; fi
done
sysctl net.ipv4.conf.{all,lo,eth1}.arp_{ignore,announce} | sed 's/ = /: /'
ip -4 -o address show dev lo | awk '{ print "address " $4 ": " $7 }'
for unit in ${vipUnit} keepalived rabbitmq-server; do
  for what in is-active is-enabled; do echo "$unit $what: $(systemctl $what $unit 2>/dev/null)"; done
done
echo "owed: $(ls -A /var/lib/haq/owed 2>/dev/null | xargs)"
ask() { echo "$1" | HOME=/var/lib/rabbitmq erl_call -sname "rabbit@$(uname -n)" -e 2>&1 | tr -d '\\n'; }
echo "members: $(ask 'lists:sort(rabbit_mnesia:cluster_nodes(all)).')"
echo "up: $(ask 'lists:sort(rabbit_mnesia:cluster_nodes(running)).')"
echo "broker: $(ask 'rabbit:is_running().')"
echo "queues: $(ask 'rabbit:is_running() andalso {lists:sort(rabbit_vhost:list_names()), lists:sort(rabbit_policy:list())}.')"`

type Dump = Readonly<Record<string, string>>

/** The facts of both hosts, by host and name. */
async function dump(site: Site): Promise<Dump> {
  const found = await Promise.all(
    hosts.map(async host => {
      const lines = (await site.on(host, dumpScript)).split('\n').filter(Boolean)
      return lines.map(line => {
        const at = line.indexOf(': ')
        return [`${host} ${line.slice(0, at)}`, line.slice(at + 2)] as const
      })
    }),
  )
  return Object.fromEntries(found.flat())
}

/** Hosts with changes that can't be undone. */
interface Left {
  /** Hosts that joined the cluster in the run: their data is gone, and every member sees them. */
  readonly joined: readonly string[]
  /** Hosts whose broker was started with a cookie: a broker that was stopped before is running now. */
  readonly started: readonly string[]
}

/** The facts that must be restored in any case. */
function comparable(facts: Dump, { joined, started }: Left): Dump {
  const ofHosts = (hosts: readonly string[], what: string): readonly string[] => hosts.map(host => `${host} ${what}`)
  const gone = [
    ...(joined.length > 0 ? ofHosts(hosts, 'members') : []),
    ...(joined.length + started.length > 0 ? ofHosts(hosts, 'up') : []),
    ...ofHosts([...joined, ...started], 'queues'),
    ...ofHosts(started, 'broker'),
  ]
  return Object.fromEntries(Object.entries(facts).filter(([name]) => !gone.includes(name)))
}

/**
 * Changes the cluster at random by a seed. Fails unless a run repairs it as check mode showed, undo restores the drift,
 * a run repairs it again in the same way, and the next run changes nothing.
 */
export async function mendsDrift(site: Site, seed: number): Promise<void> {
  const changes = drifts(seed)
  const story = changes.map(({ host, script }) => `${host}: ${script}`).join('\n')
  for (const { host, script } of changes) await site.on(host, `${script} 2>/dev/null || true`)
  const found = await dump(site)
  const announced = await mends(site, story)
  if (announced.length > 0) {
    const after = `after the undo of\n${story}`
    const left = await undoes(site, story)
    deepStrictEqual(comparable(await dump(site), left), comparable(found, left), after)
    // The condition of the last play may hold already on a host whose broker was stopped before.
    const isLeft = (line: string): boolean =>
      left.joined.some(host => line.startsWith(`${host}: rabbitJoin `)) ||
      (left.started.length > 0 && line.includes(': pending '))
    deepStrictEqual(
      (await mends(site, after)).filter(line => !isLeft(line)),
      announced.filter(line => !isLeft(line)),
      after,
    )
  }
  const again = await site.run('playbooks/cluster.ts')
  deepStrictEqual([again.exitCode, changesOf(again)], [0, []], `${story}\n${again.all}`)
}

/** Runs in check mode, and then runs. @returns the changes that check mode showed, a line for each task */
async function mends(site: Site, story: string): Promise<readonly string[]> {
  const announced = await site.run('playbooks/cluster.ts', '--check')
  strictEqual(announced.exitCode, 0, `${story}\n${announced.all}`)
  const mended = await site.run('playbooks/cluster.ts')
  strictEqual(mended.exitCode, 0, `${story}\n${mended.all}`)
  const shown = changesOf(announced)
  const unsure = announced.tasks.some(task => task.changes.some(({ from }) => from === 'unknown'))
  const done = changesOf(mended)
  deepStrictEqual(unsure ? done.filter(change => !shown.includes(change)) : done, unsure ? [] : shown, story)
  return announced.tasks
    .filter(({ status }) => status !== 'ok')
    .map(({ host, task, status, changes }) => `${host}: ${task}: ${status} ${JSON.stringify(changes)}`)
    .toSorted()
}

/** Undoes the last run, except for joins and starts of brokers with a cookie, which can't be undone. */
async function undoes(site: Site, story: string): Promise<Left> {
  const whole = await site.undo()
  if (whole.exitCode === 0) return { joined: [], started: [] }
  strictEqual(whole.exitCode, 1, `${story}\n${whole.all}`)
  const lines = whole.stderr.split('\n').filter(line => line.startsWith("can't be undone: "))
  ok(lines.length > 0 && lines.every(line => / (erlangCookie|rabbitJoin) /.test(line)), `${story}\n${whole.all}`)
  const rest = await site.undo('--partial')
  strictEqual(rest.exitCode, 0, `${story}\n${rest.all}`)
  const leftBy = (module: string): readonly string[] =>
    hosts.filter(host => lines.some(line => line.includes(` ${host}  ${module} `)))
  return { joined: leftBy('rabbitJoin'), started: leftBy('erlangCookie') }
}
