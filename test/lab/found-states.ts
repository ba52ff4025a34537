/** States in which a run may find hosts, and the scripts that make them. */
export const foundStates: readonly { readonly name: string; readonly host: string; readonly script: string }[] = [
  {
    name: 'the cookie differs on one node, and its broker runs with it',
    host: 'mygateway',
    script: `systemctl stop rabbitmq-server; cd /var/lib/rabbitmq; printf OTHER >.erlang.cookie; systemctl start --no-block rabbitmq-server`,
  },
  {
    name: 'the cookie file was changed under a running broker',
    host: 'mygateway',
    script: 'printf OTHER >/var/lib/rabbitmq/.erlang.cookie',
  },
  {
    name: 'one node is joined to nothing',
    host: 'mygateway',
    script: 'rabbitmqctl -q stop_app; rabbitmqctl -q reset; rabbitmqctl -q start_app',
  },
  { name: 'the app is stopped on a node', host: 'mygateway', script: 'rabbitmqctl -q stop_app' },
  {
    name: 'the policy has another definition',
    host: 'initiator',
    script: `rabbitmqctl -q set_policy ha-all '^x' '{"ha-mode":"exactly","ha-params":1}'`,
  },
  { name: 'the vhost is gone', host: 'mygateway', script: 'rabbitmqctl -q delete_vhost cluster' },
  {
    name: 'a line of /etc/hosts is stale',
    host: 'mygateway',
    script: `sed -i 's/.*initiator/10.1.1.1 initiator/' /etc/hosts`,
  },
  { name: 'the VIP is missing on lo', host: 'initiator', script: `ip address del 192.168.1.120/32 dev lo` },
  {
    name: 'the ARP sysctls are 0',
    host: 'initiator',
    script: 'for s in all lo eth1; do sysctl -qw net.ipv4.conf.$s.arp_ignore=0 net.ipv4.conf.$s.arp_announce=0; done',
  },
  {
    name: 'keepalived.conf was edited by hand',
    host: 'initiator',
    script: `sed -i 's/virtual_router_id.*/virtual_router_id 77/' /etc/keepalived/keepalived.conf; systemctl reload keepalived`,
  },
  {
    name: 'keepalived was killed and left the VIP behind',
    host: 'initiator',
    script: 'systemctl kill --signal KILL keepalived; systemctl stop keepalived',
  },
  { name: 'keepalived is stopped and disabled', host: 'initiator', script: 'systemctl disable -q --now keepalived' },
]

/** Reasons why a node can't join its cluster, and the error message for each. */
export const joinObstacles: readonly {
  readonly name: string
  readonly sentence: string
  readonly on: string
  readonly off: string
}[] = [
  {
    name: 'the seed is down',
    sentence: 'the broker on initiator, the node to join, is not running',
    on: 'rabbitmqctl -q stop_app',
    off: 'rabbitmqctl -q start_app',
  },
  {
    name: 'the cookie is another one',
    sentence: 'the Erlang cookie differs from the one on initiator',
    on: 'cp -p /var/lib/rabbitmq/.erlang.cookie /root/kept; printf OTHER >/var/lib/rabbitmq/.erlang.cookie',
    off: 'mv /root/kept /var/lib/rabbitmq/.erlang.cookie',
  },
]
