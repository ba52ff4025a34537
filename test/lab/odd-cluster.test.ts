import { deepStrictEqual, match, ok, strictEqual } from 'node:assert'
import { suite } from 'uvu'
import { Site, whyNoLab, type RunOutput } from './site.ts'

const hosts = ['mq1.example.com', 'second'] as const
const [first, second] = hosts
const nodes = ['rabbit@mq1', 'rabbit@mq2']

const odd = suite('lab: a cluster on odd hosts')
const reason = await whyNoLab()
if (reason) process.stdout.write(`skipped: a cluster on odd hosts in the lab: ${reason}\n`)
const test = reason ? odd.skip : odd
let site: Site

const run = (playbook: string, ...words: readonly string[]): Promise<RunOutput> =>
  site.run(`playbooks/${playbook}.ts`, ...words)

/** A run that must end well, and after which the next one changes nothing. */
async function converges(playbook: string, ...words: readonly string[]): Promise<void> {
  const checked = await run(playbook, '--check', ...words)
  strictEqual(checked.exitCode, 0, checked.all)
  const ran = await run(playbook, ...words)
  strictEqual(ran.exitCode, 0, ran.all)
  const again = await run(playbook, ...words)
  deepStrictEqual([again.exitCode, ...hosts.map(host => again.recap[host]?.['changed'])], [0, 0, 0], again.all)
}

const failures = ({ tasks }: RunOutput): string => tasks.map(({ failure }) => failure?.message ?? '').join('\n')

/** What is refused in check mode, and in the run with the same words. */
async function refused(sentence: RegExp, playbook: string, ...words: readonly string[]): Promise<void> {
  for (const mode of [['--check'], []]) {
    const output = await run(playbook, ...mode, ...words)
    strictEqual(output.exitCode, 2, output.all)
    match(failures(output), sentence)
  }
}

const running = async (host: string): Promise<readonly string[]> =>
  (
    JSON.parse(await site.on(host, 'rabbitmqctl cluster_status --formatter json')) as { running_nodes: string[] }
  ).running_nodes.toSorted()

const health = async (host: string): Promise<string> =>
  (await site.on(host, '/usr/local/lib/haq/broker-health || :')).trim()

const vhosts = async (host: string): Promise<readonly string[]> =>
  (await site.on(host, 'rabbitmqctl -q list_vhosts name --no-table-headers')).split('\n').filter(Boolean).toSorted()

const wipe = 'systemctl stop rabbitmq-server; rm -rf /var/lib/rabbitmq/mnesia; systemctl start rabbitmq-server'

odd.before(async () => {
  if (reason) return
  site = await Site.up({ suite: 'bookworm', env: { HAQ_ERLANG_COOKIE: 'CANARYcookie' }, inventory: 'odd-names.ts' })
  await site.on(second, `hostname mq2; echo mq2 >/etc/hostname; sed -i 's/second/mq2/g' /etc/hosts`)
})
odd.after(async () => {
  if (!reason) await site.down()
})

test('bare hosts become a cluster under the names that they have for themselves', async () => {
  await converges('cluster')
  deepStrictEqual(await running(first), nodes)
  for (const host of hosts) strictEqual(await site.on(host, 'grep -c 127.0.1.1 /etc/hosts || :'), '0')
})

test('the first host was reinstalled: it gets no clients, and joins the node that has the data', async () => {
  await site.on(first, wipe)
  strictEqual(await health(first), 'the node is empty and in no cluster')
  await converges('cluster')
  deepStrictEqual(
    [await running(first), await vhosts(first), await health(first)],
    [nodes, ['/', 'cluster'], 'healthy'],
  )
})

test('nothing is written into an empty node while the one that has the data does not start', async () => {
  await site.on(second, 'systemctl stop rabbitmq-server')
  await site.on(first, wipe)
  const output = await run('cluster')
  strictEqual(output.exitCode, 2, output.all)
  match(
    failures(output),
    /its log says: Node rabbit@mq2 thinks it's clustered with node rabbit@mq1, but rabbit@mq1 disag/,
  )
  deepStrictEqual(await vhosts(first), ['/'])
  await site.on(first, 'systemctl stop rabbitmq-server')
  await site.on(
    second,
    'systemctl stop rabbitmq-server; rabbitmqctl -q force_boot; systemctl start rabbitmq-server; systemctl reset-failed',
  )
  await converges('cluster')
  deepStrictEqual([await running(first), await vhosts(first)], [nodes, ['/', 'cluster']])
})

test('a node whose name the others can not resolve is refused before its broker stops', async () => {
  await site.on(second, 'rabbitmqctl -q stop_app; rabbitmqctl -q reset; rabbitmqctl -q start_app')
  await site.on(first, `cp /etc/hosts /root/hosts; sed -i '/mq2/d' /etc/hosts`)
  const words = ['--limit', second, '--tags', 'rabbitmq']
  await refused(/mq1\.example\.com can't resolve mq2, the host of the node rabbit@mq2/, 'cluster', ...words)
  deepStrictEqual(await running(second), ['rabbit@mq2'])
  await converges('cluster')
})

test('a node with a name of its own joins under it, and one that its host does not know is refused', async () => {
  await site.on(second, 'systemctl stop rabbitmq-server; echo NODENAME=bunny >/etc/rabbitmq/rabbitmq-env.conf')
  await site.on(first, 'rabbitmqctl -q forget_cluster_node rabbit@mq2')
  await converges('cluster')
  deepStrictEqual(await running(first), ['bunny@mq2', 'rabbit@mq1'])
  const folder = '/etc/systemd/system/rabbitmq-server.service.d'
  await site.on(
    second,
    `mkdir -p ${folder}; printf '[Service]\nEnvironment=RABBITMQ_NODENAME=hare\n' >${folder}/name.conf; systemctl daemon-reload; systemctl kill -s KILL rabbitmq-server; systemctl stop rabbitmq-server; systemctl start rabbitmq-server`,
  )
  await refused(
    /the node is called bunny@mq2 on its host \(rabbitmq-env\.conf\), but the service runs as hare/,
    'cluster',
  )
  await site.on(
    second,
    `systemctl kill -s KILL rabbitmq-server; systemctl stop rabbitmq-server; rm -r ${folder}; systemctl daemon-reload; systemctl start rabbitmq-server`,
  )
  await converges('cluster')
})

test('a unit that can not be started again is not stopped', async () => {
  await site.on(second, 'systemctl -q mask rabbitmq-server')
  const before = await site.on(second, 'systemctl show -p MainPID rabbitmq-server')
  await refused(/rabbitmq-server is masked/, 'rolling-restart', '--limit', second)
  await site.on(second, 'printf OTHER >/var/lib/rabbitmq/.erlang.cookie')
  await refused(/rabbitmq-server is masked/, 'cluster', '--limit', second)
  strictEqual(await site.on(second, 'systemctl show -p MainPID rabbitmq-server; ls /run/haq 2>/dev/null || :'), before)
  await site.on(second, 'systemctl -q unmask rabbitmq-server')
  await converges('cluster')
})

/** A repository with a newer version of RabbitMQ, which is the old one under another number. */
const newer = `set -e; mkdir -p /srv/newer; cd /srv/newer; apt-get -qq download rabbitmq-server 2>/dev/null
dpkg-deb -R rabbitmq-server_*.deb t; rm rabbitmq-server_*.deb; sed -i '/^Version: /s/$/.9/' t/DEBIAN/control
dpkg-deb -Zgzip -b t new.deb >/dev/null; rm -r t
{ dpkg-deb -f new.deb; echo Filename: ./new.deb; echo "Size: $(stat -c %s new.deb)"; echo "SHA256: $(sha256sum <new.deb | cut -d' ' -f1)"; } >Packages
echo 'deb [trusted=yes] file:/srv/newer ./' >/etc/apt/sources.list.d/newer.list; apt-get -qq update`

test('an upgrade that fails half-way leaves the node in service, and the next run goes on', async () => {
  const words = ['-e', 'poolSeconds=1']
  for (const host of hosts) await site.on(host, newer)
  await site.on(first, 'mv /srv/newer/new.deb /srv/newer/kept; echo damaged >/srv/newer/new.deb')
  for (let i = 0; i < 2; i++) {
    const failed = await run('rolling-upgrade', ...words)
    strictEqual(failed.exitCode, 2, failed.all)
    ok(
      failed.tasks.some(({ task, status }) => task === 'packages rabbitmq-server' && status === 'failed'),
      failed.all,
    )
    deepStrictEqual(await Promise.all(hosts.map(health)), ['healthy', 'healthy'])
  }
  await site.on(first, 'mv /srv/newer/kept /srv/newer/new.deb')
  // As a run leaves it that dies after the stop.
  await site.on(
    first,
    'mkdir -p /run/haq; echo upgrade >/run/haq/out-of-pool; rabbitmq-upgrade -q drain; systemctl stop rabbitmq-server',
  )
  await converges('rolling-upgrade', ...words)
  deepStrictEqual(await Promise.all(hosts.map(health)), ['healthy', 'healthy'])
  for (const host of hosts) match(await site.on(host, `dpkg-query -W rabbitmq-server`), /\.9$/m)
})

odd.run()
