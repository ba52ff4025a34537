import { deepStrictEqual, ok, strictEqual } from 'node:assert'
import { suite } from 'uvu'
import { mendsDrift } from './drift.ts'
import { foundStates, joinObstacles } from './found-states.ts'
import { changesOf, eventually, otherThanCuts, Site, vip, whyNoLab, type RunOutput } from './site.ts'

const cookie = 'CANARYcookie0123456789abcdef'
const vrrpPassword = 'CaNaRy77'
const hosts = ['initiator', 'mygateway'] as const

const cluster = suite('lab: the reference cluster')
const reason = await whyNoLab()
if (reason) process.stdout.write(`skipped: the cluster in the lab: ${reason}\n`)
const test = reason ? cluster.skip : cluster

let site: Site
let checked: RunOutput
const outputs: string[] = []

async function run(playbook: string, ...words: readonly string[]): Promise<RunOutput> {
  const output = await site.run(`playbooks/${playbook}.ts`, ...words)
  outputs.push(output.all)
  return output
}

/** All files of a host, except files that time and logins change. */
async function fileTrees(): Promise<readonly string[]> {
  return Promise.all(
    hosts.map(host =>
      site.on(
        host,
        `find / -xdev \\( -path /proc -o -path /sys -o -path /run -o -path /dev -o -path /tmp -o -path /var/tmp -o -path /var/log -o -path /var/lib/systemd \\) -prune -o -printf '%p %y %m %u %g %s %T@ %l\\n' | sort`,
      ),
    ),
  )
}

/** The node that answers a client of the VIP. The client is not one of the hosts. */
async function greeting(): Promise<string | undefined> {
  const greet = `exec 3<>/dev/tcp/${vip}/5672 && printf 'AMQP\\0\\0\\011\\001' >&3 && timeout 3 head -c 400 <&3 | tr -cd '[:print:]'`
  const said = await site.on('client', `{ ${greet}; } 2>/dev/null || true`)
  return hosts.find(host => said.includes(`rabbit@${host}`))
}

const counts = (output: RunOutput, status: string): readonly number[] =>
  hosts.map(host => output.recap[host]?.[status] ?? -1)

if (!reason)
  cluster.before(async () => {
    site = await Site.up({ suite: 'bookworm', env: { HAQ_ERLANG_COOKIE: cookie, HAQ_VRRP_PASSWORD: vrrpPassword } })
  })
cluster.after(async () => {
  if (!reason) await site.down()
})

test('--check on bare hosts exits with 0, changes nothing, and shows all changes', async () => {
  const before = await fileTrees()
  checked = await run('cluster', '--check', '--diff')
  strictEqual(checked.exitCode, 0, checked.all)
  deepStrictEqual(await fileTrees(), before)
  deepStrictEqual(counts(checked, 'failed'), [0, 0])
})

test('a run makes them a cluster, and makes no change that --check did not show', async () => {
  const watcher = await Promise.all(
    hosts.map(host =>
      site.on(
        host,
        `(while :; do cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' '; done >/run/haq-test-ps) </dev/null >/dev/null 2>&1 & echo $!`,
      ),
    ),
  )
  const output = await run('cluster', '--diff')
  await Promise.all(hosts.map((host, i) => site.on(host, `kill ${watcher[i]}`)))
  strictEqual(output.exitCode, 0, output.all)
  const announced = new Set(changesOf(checked))
  deepStrictEqual(
    changesOf(output).filter(change => !announced.has(change)),
    [],
  )
  for (const host of hosts) {
    const status = JSON.parse(await site.on(host, 'rabbitmqctl cluster_status --formatter json')) as {
      running_nodes: string[]
    }
    deepStrictEqual(status.running_nodes.toSorted(), ['rabbit@initiator', 'rabbit@mygateway'])
  }
  strictEqual((await site.vipHolders(hosts)).length, 1)
})

test('no process on a host ever had a secret in its arguments', async () => {
  for (const host of hosts) {
    const seen = await site.on(host, 'cat /run/haq-test-ps; rm /run/haq-test-ps')
    ok(seen.includes('rabbitmq'), 'the watcher saw the installation')
    for (const secret of [cookie, vrrpPassword]) ok(!seen.includes(secret))
  }
})

test('the second run changes nothing', async () => {
  const output = await run('cluster')
  strictEqual(output.exitCode, 0, output.all)
  deepStrictEqual(counts(output, 'changed'), [0, 0], output.all)
})

test('when the host with the VIP dies, the other host takes the VIP, and a broker answers on it', async () => {
  const [holder] = await site.vipHolders(hosts)
  const others = hosts.filter(host => host !== holder)
  ok(holder)
  // The host ends at once, like at a power failure, and so does the command's connection.
  await site.on(holder, 'systemctl poweroff --force --force').catch(() => undefined)
  await eventually(
    () => site.vipHolders(others),
    found => found.length === 1,
    20,
  )
  await eventually(greeting, from => others.some(host => host === from), 20)
})

test('a host that comes back starts its broker and keepalived, and has the VIP on lo', async () => {
  await site.mend()
  await eventually(
    () => run('cluster', '--check', '--tags', 'verify'),
    output => output.exitCode === 0,
    60,
  )
  const output = await run('cluster')
  deepStrictEqual([output.exitCode, ...counts(output, 'changed')], [0, 0, 0], output.all)
})

test(`when the broker on the host with the VIP is stopped, clients get to the other broker`, async () => {
  const [holder] = await site.vipHolders(hosts)
  const [other] = hosts.filter(host => host !== holder)
  ok(holder)
  await site.on(holder, 'rabbitmqctl -q stop_app')
  await eventually(greeting, from => from === other, 30)
  await site.on(holder, 'rabbitmqctl -q start_app')
  const output = await run('cluster')
  deepStrictEqual([output.exitCode, ...counts(output, 'changed')], [0, 0, 0], output.all)
})

for (const { name, host, script } of foundStates)
  test(`one run repairs it, as --check shows, and the next run changes nothing: ${name}`, async () => {
    await site.on(host, script)
    const announced = await run('cluster', '--check')
    strictEqual(announced.exitCode, 0, announced.all)
    const mended = await run('cluster')
    strictEqual(mended.exitCode, 0, mended.all)
    ok(
      counts(mended, 'changed').some(count => count > 0),
      'there was something to mend',
    )
    deepStrictEqual(
      changesOf(mended).filter(change => !changesOf(announced).includes(change)),
      [],
    )
    const again = await run('cluster')
    deepStrictEqual([again.exitCode, ...counts(again, 'changed')], [0, 0, 0], again.all)
  })

for (const seed of [101, 102, 103, 104, 105])
  test(`random drift is repaired as --check shows, undone, and repaired again: seed ${seed}`, () =>
    mendsDrift(site, seed))

test('runs that are killed after every step reach the same result, with no pending handler', async () => {
  await site.on('initiator', `systemctl stop keepalived; echo '# by hand' >>/etc/keepalived/keepalived.conf`)
  await site.on(
    'mygateway',
    `ip address del ${vip}/32 dev lo; sysctl -qw net.ipv4.conf.lo.arp_ignore=0; rabbitmqctl -q stop_app`,
  )
  await site.on('mygateway', 'rabbitmqctl -q reset; rabbitmqctl -q start_app')
  ok((await site.runHitAtEveryStep('playbooks/cluster.ts', () => 'run')) > 5)
  const again = await run('cluster')
  deepStrictEqual([again.exitCode, ...counts(again, 'changed')], [0, 0, 0], again.all)
  for (const host of hosts) strictEqual(await site.on(host, 'ls -A /var/lib/haq/owed 2>/dev/null | wc -l'), '0')
})

test('a host with a cut connection is unreachable, the other host goes on, and the next run runs the pending handler', async () => {
  const owed = (): Promise<string> => site.on('mygateway', 'ls -A /var/lib/haq/owed 2>/dev/null || true')
  await site.on('initiator', 'systemctl stop keepalived')
  await site.on('mygateway', `echo '# by hand' >>/etc/keepalived/keepalived.conf`)
  const cut = await site.runHit('connections', 'playbooks/cluster.ts', 'mygateway')
  deepStrictEqual([cut.cuts, otherThanCuts(cut)], [['mygateway'], undefined], cut.all)
  ok(
    cut.tasks.some(({ host, status }) => host === 'initiator' && status === 'changed'),
    cut.all,
  )
  strictEqual(await owed(), 'service-keepalived-reloaded')

  // The step goes on after the cut, and its shell holds the lock of the host until the step has ended.
  await site.on('mygateway', 'rabbitmqctl -q stop_app')
  const inStep = await site.runHit(200, 'playbooks/cluster.ts', 'mygateway')
  deepStrictEqual([inStep.cuts, otherThanCuts(inStep)], [['mygateway'], undefined], inStep.all)
  const mended = await run('cluster')
  strictEqual(mended.exitCode, 0, mended.all)
  // The handler that the first cut left pending runs, before or after the second cut.
  ok(
    [inStep, mended].flatMap(changesOf).some(change => change.startsWith('mygateway: service keepalived reloaded')),
    `${inStep.all}\n${mended.all}`,
  )
  strictEqual(await owed(), '')
  const again = await run('cluster')
  deepStrictEqual([again.exitCode, ...counts(again, 'changed')], [0, 0, 0], again.all)
})

test('the next run completes a join that a killed run had begun', async () => {
  await site.on('mygateway', 'rabbitmqctl -q stop_app; rabbitmqctl -q reset; rabbitmqctl -q start_app')
  // The state of the host when haq dies right after the first step of the join.
  await site.on('mygateway', 'mkdir -p /var/lib/haq/owed && : >/var/lib/haq/owed/rabbitJoin && rabbitmqctl -q stop_app')
  const mended = await run('cluster')
  strictEqual(mended.exitCode, 0, mended.all)
  strictEqual(await site.on('mygateway', 'ls -A /var/lib/haq/owed 2>/dev/null | wc -l'), '0')
})

test('a node with data of its own is not reset', async () => {
  await site.on(
    'mygateway',
    'rabbitmqctl -q stop_app; rabbitmqctl -q reset; rabbitmqctl -q start_app; rabbitmqctl -q add_vhost mine',
  )
  const refused = await run('cluster')
  strictEqual(refused.exitCode, 2)
  ok(refused.all.includes('joining would delete the data of this node: vhosts mine'), refused.all)
  ok((await site.on('mygateway', 'rabbitmqctl -q list_vhosts')).includes('mine'), 'it is still there')
  await site.on('mygateway', 'rabbitmqctl -q delete_vhost mine')
  strictEqual((await run('cluster')).exitCode, 0)
})

for (const { name, sentence, on, off } of joinObstacles)
  test(`the error for a node that can't join has the reason: ${name}`, async () => {
    await site.on('mygateway', 'rabbitmqctl -q stop_app; rabbitmqctl -q reset; rabbitmqctl -q start_app')
    await site.on('initiator', on)
    // The run is limited to the joining host, so that it does not repair the other host first.
    const refused = await run('cluster', '--limit', 'mygateway', '--tags', 'rabbitmq')
    await site.on('initiator', off)
    strictEqual(refused.exitCode, 2, refused.all)
    ok(refused.all.includes(sentence), refused.all)
    const joined = await run('cluster')
    strictEqual(joined.exitCode, 0, joined.all)
  })

test('no output ever showed a secret', () => {
  ok(outputs.length > 10)
  for (const secret of [cookie, vrrpPassword]) ok(!outputs.some(output => output.includes(secret)))
})

test('teardown removes everything but the data, and a second run changes nothing', async () => {
  const down = await run('teardown')
  strictEqual(down.exitCode, 0, down.all)
  const again = await run('teardown')
  deepStrictEqual([again.exitCode, ...counts(again, 'changed')], [0, 0, 0], again.all)
  for (const host of hosts) {
    ok(!(await site.on(host, 'ip address')).includes(vip))
    ok((await site.on(host, 'ls /var/lib/rabbitmq')).includes('mnesia'))
    const ours = `grep -rls 'Managed by haq' /etc /usr/local; find /etc /usr/local -name '*haq*' ! -path '/etc/apt/*'`
    strictEqual(await site.on(host, `{ ${ours}; } || :`), '')
  }
})

cluster.run()
