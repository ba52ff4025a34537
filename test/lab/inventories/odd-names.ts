import { inventory, secret } from 'haq'

/** The first host is called by its name in full; the second one has another name for itself, which its test gives it. */
export default inventory({
  vars: { vip: '192.168.1.120', interface: 'eth1' },
  groups: {
    rabbit: {
      user: 'root',
      hosts: { 'mq1.example.com': { address: '192.168.1.141' }, second: { address: '192.168.1.142' } },
      vars: { cookie: secret.env('HAQ_ERLANG_COOKIE') },
    },
  },
})
