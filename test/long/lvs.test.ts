import { deepStrictEqual, match, ok, strictEqual } from 'node:assert'
import { suite } from 'uvu'
import { outagesOf } from '../../modules/rabbitmq/probe/outages.ts'
import { eventually, Site, vip, whyNoLab, type RunOutput } from '../lab/site.ts'

const playbook = 'test/lab/playbooks/lvs.ts'
const hosts = ['initiator', 'mygateway'] as const

const lvs = suite('lab: LVS')
const reason = await whyNoLab('uml')
if (reason) process.stdout.write(`skipped: LVS in the lab: ${reason}\n`)
const test = reason ? lvs.skip : lvs
let site: Site

lvs.before(async () => {
  if (reason) return
  site = await Site.up({ suite: 'bookworm', env: { HAQ_ERLANG_COOKIE: 'not used' }, kernel: 'uml' })
  const output = await site.run(playbook, '--tags', 'packages')
  strictEqual(output.exitCode, 0, output.all)
})
lvs.after(async () => {
  if (!reason) await site.down()
})

/** The playbook, without the plays before it, with further options. */
const run = (...words: readonly string[]): Promise<RunOutput> => site.run(playbook, '--tags', 'lvs', ...words)

/** A connection that a real server answers within a second. */
const ask = `timeout 1 bash -c 'exec 3<>/dev/tcp/${vip}/5672 && IFS= read -r line <&3' 2>/dev/null`

/** The client's next unused source port, below the range of its kernel. */
let freshPort = 20_000

/**
 * Makes connections one after the other. Returns how many each real server answered, and how many failed. Each uses a
 * new source port, because for two minutes IPVS sends a connection from the same port to the same server.
 */
async function shares(connections: number): Promise<Readonly<Record<string, number>>> {
  const from = freshPort
  freshPort += connections
  const answers = await site.on(
    'client',
    `perl -MIO::Socket::INET -e '
$SIG{ALRM} = sub { die };
for my $port (${from} .. ${freshPort - 1}) {
  my $line = eval {
    alarm 4;
    my $broker = IO::Socket::INET->new(PeerAddr => "${vip}:5672", LocalPort => $port) or die;
    <$broker>;
  };
  alarm 0;
  print $line ? $line : "failed\\n";
}' | tr -d '\\1'`,
  )
  const counts: Record<string, number> = {}
  for (const name of answers.split('\n')) counts[name] = (counts[name] ?? 0) + 1
  return counts
}

/** Makes 200 connections: none may fail, and both servers must get the same number, within 5 %. */
async function areShared(): Promise<void> {
  const counts = await shares(200)
  deepStrictEqual(Object.keys(counts).sort(), hosts, JSON.stringify(counts))
  for (const name of hosts) ok(Math.abs((counts[name] ?? 0) - 100) <= 5, JSON.stringify(counts))
}

/** Tries connections for 20 seconds, during which the failure happens. Returns the times of failed ones. */
async function watch(what: string, mishap: () => Promise<unknown>): Promise<void> {
  const tries = site.on(
    'client',
    `SECONDS=0
while [ $SECONDS -lt 20 ]; do
  from=$EPOCHREALTIME
  ${ask} && answered=1 || answered=0
  echo $from $answered $EPOCHREALTIME
  sleep 0.05
done`,
  )
  await mishap()
  const attempts = (await tries).split('\n').map(line => {
    const [from = NaN, answered, to = NaN] = line.split(' ').map(Number)
    return { from, to, answered: answered === 1 }
  })
  const outages = outagesOf(attempts).map(({ seconds, failed }) => `${seconds.toFixed(1)} s (${failed} failed)`)
  process.stdout.write(`${what}, no connection was answered for: ${outages.join(', ') || 'no time'}\n`)
}

/** The director that started first has the virtual IP, and keeps it. */
async function masterAndOther(): Promise<readonly string[]> {
  const held = await site.vipHolders(hosts)
  return [...held, ...hosts.filter(name => !held.includes(name))]
}

/** Fails unless the playbook's checks succeed: the virtual IP, and the complete table of its holder. */
async function verify(...words: readonly string[]): Promise<void> {
  const output = await site.run(playbook, '--tags', 'verify', ...words)
  strictEqual(output.exitCode, 0, output.all)
}

const changed = ({ recap }: RunOutput) => hosts.map(name => recap[name]?.['changed'])

/** The state that the playbook changes on the hosts, a line for each fact. */
const state = async (): Promise<readonly string[]> => {
  const found = hosts.map(async name => {
    const lines = await site.on(
      name,
      `find /etc/keepalived /etc/sysctl.d /etc/modules-load.d /etc/systemd /usr/local -printf '%p %y %m %u:%g %l\\n' | sort
find /etc/keepalived /etc/sysctl.d /etc/modules-load.d /etc/systemd /usr/local -type f -print0 | sort -z | xargs -0 sha256sum
sysctl net.ipv4.conf.all net.ipv4.conf.lo net.ipv4.conf.eth1 | grep arp_
sysctl net.ipv4.vs.backup_only net.ipv4.vs.expire_nodest_conn 2>&1
grep -o '^ip_vs ' /proc/modules
ip -4 -o address show dev lo | cut -d' ' -f2-9
iptables-legacy -t mangle -S 2>/dev/null | grep HAQ
for unit in keepalived haq-stand-in haq-vip-${vip} haq-lvs-mark-1; do
  systemctl show -p Id,ActiveState,UnitFileState $unit
done`,
    )
    return lines.split('\n').map(line => `${name}: ${line}`)
  })
  return (await Promise.all(found)).flat()
}

let bare: readonly string[]
let guarded: readonly string[]

test('the usual configuration is refused, with the reason', async () => {
  bare = await state()
  const refused = await site.run(playbook, '--tags', 'textbook')
  strictEqual(refused.exitCode, 2, refused.all)
  for (const address of ['192.168.1.121', '192.168.1.114'])
    match(
      refused.all,
      new RegExp(
        `${address} is both a director and a real server of ${vip} 5672: as backup it would balance the master's ` +
          `connections again, and a part of all connections would fail; keepalived has no global\\.lvsSyncDaemon`,
      ),
    )
  deepStrictEqual(await state(), bare)
})

test('directors that are also real servers share connections equally and lose none', async () => {
  const first = await run()
  strictEqual(first.exitCode, 0, first.all)
  await areShared()
  const second = await run()
  deepStrictEqual([second.exitCode, changed(second)], [0, [0, 0]], second.all)
  deepStrictEqual((await site.vipHolders(hosts)).length, 1)
})

test('marks work, too, and removing them restores the state before', async () => {
  guarded = await state()
  const marked = await run('-e', 'lvsGuard=mark')
  strictEqual(marked.exitCode, 0, marked.all)
  await areShared()
  const again = await run('-e', 'lvsGuard=mark')
  deepStrictEqual([again.exitCode, changed(again)], [0, [0, 0]], again.all)
  const undone = await site.undo()
  strictEqual(undone.exitCode, 0, undone.all)
  deepStrictEqual(await state(), guarded)
  await verify()
  await areShared()
})

test('a killed keepalived is started again, and there is only one director', async () => {
  const [master = ''] = await masterAndOther()
  await watch("the master's keepalived killed", () =>
    site.on(master, 'systemctl kill --kill-whom=all -s KILL keepalived'),
  )
  await verify()
  await areShared()
})

test('a director without power is replaced, and does not take the virtual IP back when it returns', async () => {
  const [master = '', other = ''] = await masterAndOther()
  await watch('the master without power', () => site.haq('lab', 'break', 'power', master, '-i', site.inventory))
  await eventually(
    () => shares(10),
    counts => counts[other] === 10,
    60,
  )
  deepStrictEqual(await shares(50), { [other]: 50 })
  await site.mend()
  await verify()
  await areShared()
  deepStrictEqual(await site.vipHolders(hosts), [other])
})

test('everything works again after a reboot', async () => {
  const [master = '', other = ''] = await masterAndOther()
  const boot = () => site.on(master, 'cat /proc/sys/kernel/random/boot_id').catch(() => '')
  const before = await boot()
  await watch('the master rebooted', () => site.on(master, 'systemctl reboot').catch(() => ''))
  await eventually(boot, now => now !== '' && now !== before, 120)
  await verify()
  await areShared()
  deepStrictEqual(await site.vipHolders(hosts), [other])
  deepStrictEqual(await state(), guarded)
})

test('undo restores bare hosts', async () => {
  const undone = await site.undo()
  strictEqual(undone.exitCode, 0, undone.all)
  deepStrictEqual(await state(), bare)
})

lvs.run()
