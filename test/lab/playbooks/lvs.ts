import { play, playbook } from 'haq'
import {
  file,
  keepalivedConf,
  loopbackVip,
  lvsMark,
  packages,
  restartOnFailure,
  service,
  sysctlArp,
  sysctlLvs,
  verifyArp,
} from 'haq/modules'
import { clusterHosts, clusterVars, healthPort, port } from '../../../playbooks/parts/cluster-vars.ts'
import { connectionMark, directorConf, guardOf, verifyDirectors } from '../../../playbooks/parts/directors.ts'

/** A fake broker: it sends a broker's first byte and the host's name, and answers the health check. */
const program = `#!/usr/bin/perl
use strict;
use IO::Socket::INET;
use Sys::Hostname;
$SIG{PIPE} = 'IGNORE';
sub answer {
  my ($port, $text, $asked) = @_;
  my $socket = IO::Socket::INET->new(LocalPort => $port, Listen => 128, ReuseAddr => 1) or die "port $port: $!";
  while (my $client = $socket->accept) {
    <$client> if $asked;
    print $client $text;
  }
}
fork // die $! or answer(${healthPort}, "HTTP/1.0 200 OK\\r\\nConnection: close\\r\\n\\r\\nfine\\n", 1);
answer(${port}, "\\1" . hostname . "\\n", 0);
`

const unit = `[Service]
ExecStart=/usr/local/bin/haq-stand-in
[Install]
WantedBy=multi-user.target
`

/** Two hosts that are directors and real servers at once, as in the cluster's playbook, without the brokers. */
export default playbook({
  name: 'LVS',
  vars: clusterVars,
  plays: context => {
    const roles = clusterHosts(context)
    const nodes = roles.brokers
    return [
      play('packages', { hosts: nodes, tags: ['packages'] }, () => [packages({ names: ['keepalived', 'iptables'] })]),

      play('textbook', { hosts: nodes, tags: ['textbook'] }, node => [
        keepalivedConf({ ...directorConf(node, roles), global: {} }),
      ]),

      play('real servers', { hosts: nodes, tags: ['lvs'] }, ({ vars: { vip, interface: dev } }) => [
        sysctlArp({ interfaces: [dev] }),
        loopbackVip({ vip }),
        file({ path: '/usr/local/bin/haq-stand-in', content: program, mode: '0755' }),
        file({ path: '/etc/systemd/system/haq-stand-in.service', content: unit }),
        service({ name: 'haq-stand-in', state: 'running', enabled: true }),
      ]),

      play('directors', { hosts: nodes, tags: ['lvs'] }, node => {
        const { vip, interface: dev } = node.vars
        const isMarked = guardOf(node, roles) === 'mark'
        const peers = nodes.filter(({ name }) => name !== node.name)
        return [
          sysctlLvs({ backupOnly: !isMarked }),
          ...(isMarked ? [lvsMark({ vip, port, mark: connectionMark, interface: dev, peers })] : []),
          keepalivedConf(directorConf(node, roles), {
            notify: [service({ name: 'keepalived', state: 'reloaded' })],
          }),
          restartOnFailure({ service: 'keepalived' }),
          service({ name: 'keepalived', state: 'running', enabled: true }),
        ]
      }),

      play('verify', { hosts: nodes, tags: ['lvs', 'verify'] }, node => [
        ...verifyDirectors(node, roles),
        verifyArp({ vip: node.vars.vip, interface: node.vars.interface, hosts: nodes }),
      ]),
    ]
  },
})
