import { inventory, secret } from 'haq'

/** The reference pair: two hosts that are brokers, real servers and directors at the same time. */
export default inventory({
  vars: { vip: '192.168.1.120', interface: 'eth1' },
  groups: {
    rabbit: {
      user: 'root',
      hosts: {
        initiator: { address: '192.168.1.121', vars: { priority: 100 } },
        mygateway: { address: '192.168.1.114', vars: { priority: 90 } },
      },
      vars: {
        cookie: secret.env('HAQ_ERLANG_COOKIE'),
        // Protects against an accidental second VRRP router on the network segment, not against an attacker.
        vrrpPassword: secret.env('HAQ_VRRP_PASSWORD', { optional: true }),
      },
    },
    // The host of the test client in playbooks/failover-drill.ts: this machine.
    observer: { hosts: { control: { connection: 'local' } } },
  },
})
