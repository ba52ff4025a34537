import { inventory, secret } from 'haq'

/**
 * The reference pair, and a third host that may be small: its broker gets no clients, and makes a majority with the other
 * one when one of the pair dies, or when the two lose sight of each other.
 */
export default inventory({
  vars: { vip: '192.168.1.120', interface: 'eth1' },
  groups: {
    rabbit: {
      user: 'root',
      hosts: { initiator: { address: '192.168.1.121' }, mygateway: { address: '192.168.1.114' } },
      children: { tiebreakers: { hosts: { witness: { address: '192.168.1.115' } } } },
      vars: {
        cookie: secret.env('HAQ_ERLANG_COOKIE'),
        vrrpPassword: secret.env('HAQ_VRRP_PASSWORD', { optional: true }),
      },
    },
    observer: { hosts: { control: { connection: 'local' } } },
  },
})
