import { inventory, secret } from 'haq'

/**
 * The reference pair with a third, possibly small host. Its broker gets no clients. Together with one broker of the
 * pair it forms a majority if the other one dies, or if the two brokers of the pair lose contact.
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
