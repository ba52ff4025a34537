import { deepStrictEqual, match, strictEqual } from 'node:assert'
import { suite } from 'uvu'
import { Site, whyNoLab } from './site.ts'

const playbook = 'test/lab/playbooks/vip-modules.ts'

const guards = suite('lab: guards of a virtual IP')
const reason = await whyNoLab()
if (reason) process.stdout.write(`skipped: guards of a virtual IP in the lab: ${reason}\n`)
const test = reason ? guards.skip : guards
let site: Site

guards.before(async () => {
  // systemd 257 removes the address at every restart; systemd 252, in a lab of bookworm, keeps it.
  if (!reason) site = await Site.up({ suite: 'trixie', env: { HAQ_ERLANG_COOKIE: 'unused' } })
})
guards.after(async () => {
  if (!reason) await site.down()
})

/** Lets systemd-networkd manage mygateway's interface. */
const managed = `cat >/etc/systemd/network/10-eth1.network <<'END'
[Match]
Name=eth1
[Network]
Address=192.168.1.114/24
LinkLocalAddressing=no
IPv6AcceptRA=no
END
systemctl start systemd-networkd
timeout 20 sh -c 'until networkctl status eth1 | grep -q configured; do sleep 0.2; done'`
/** Whether a manually added virtual IP still exists after a restart of systemd-networkd. */
const staysAfterRestart = `ip address add 192.168.1.120/32 dev eth1 2>/dev/null
systemctl restart systemd-networkd
timeout 20 sh -c 'until networkctl status eth1 | grep -q configured; do sleep 0.2; done'
ip -4 -o address show dev eth1 | grep -c ' 192.168.1.120/32 ' || :`

test('systemd-networkd keeps a virtual IP after the run, and is not changed when it manages nothing', async () => {
  await site.on('mygateway', managed)
  strictEqual((await site.on('mygateway', staysAfterRestart)).trim(), '0')
  const first = await site.run(playbook, '--tags', 'networkd')
  deepStrictEqual(
    first.tasks.map(({ host, status }) => `${host} ${status}`).sort(),
    ['initiator ok', 'mygateway changed'],
    first.all,
  )
  strictEqual((await site.on('mygateway', staysAfterRestart)).trim(), '1')
  const second = await site.run(playbook, '--tags', 'networkd')
  deepStrictEqual([second.exitCode, second.recap['mygateway']?.['changed']], [0, 0], second.all)
})

/** Adverts of VRRP version 2 with VRID 60, ten a second for eight seconds, sent by that interface (IP_MULTICAST_IF). */
const adverts = `perl -MSocket -e '
  socket(my $socket, AF_INET, SOCK_RAW, 112) or die $!;
  setsockopt($socket, 0, 32, inet_aton("192.168.1.114"));
  my $to = sockaddr_in(0, inet_aton("224.0.0.18"));
  for (1 .. 80) { send($socket, pack("C8 a4 x8", 0x21, 60, 7, 1, 0, 1, 0, 0, inet_aton("192.168.1.99")), 0, $to); select(undef, undef, undef, 0.1) }
' >/dev/null 2>&1 </dev/null &`

test('a VRID in use is refused, unless a peer or the host itself uses it', async () => {
  const run = () => site.run(playbook, '--tags', 'vrid')
  await site.on('mygateway', adverts)
  const refused = await run()
  strictEqual(refused.exitCode, 2, refused.all)
  match(refused.all, /VRID 60 is already taken on eth1 by 192\.168\.1\.114/)
  await site.on('mygateway', adverts)
  const peer = await site.run(playbook, '--tags', 'vrid', '--extra-vars', 'peer=192.168.1.114')
  strictEqual(peer.exitCode, 0, peer.all)
  await site.on('initiator', `mkdir -p /etc/keepalived; echo '  virtual_router_id 60' >/etc/keepalived/keepalived.conf`)
  await site.on('mygateway', adverts)
  strictEqual((await run()).exitCode, 0)
})

test('another host that answers ARP for the virtual IP is found', async () => {
  const run = () => site.run(playbook, '--tags', 'arp')
  const isRight = async () => {
    const output = await run()
    strictEqual(output.exitCode, 0, output.all)
  }
  await site.on('mygateway', 'ip address replace 192.168.1.120/32 dev eth1')
  await isRight()
  await site.on('initiator', 'ip address add 192.168.1.120/32 dev lo')
  const refused = await run()
  deepStrictEqual([refused.recap['initiator']?.['failed'], refused.recap['mygateway']?.['failed']], [0, 1], refused.all)
  match(refused.all, /ARP for 192\.168\.1\.120 is answered by initiator [0-9a-f:]{17}, which does not hold it on eth1/)
  await site.on('initiator', 'sysctl -qw net.ipv4.conf.all.arp_ignore=1')
  await isRight()
  await site.on('mygateway', 'ip address delete 192.168.1.120/32 dev eth1')
  match((await run()).all, /nobody answers ARP for 192\.168\.1\.120 on eth1/)
})

guards.run()
