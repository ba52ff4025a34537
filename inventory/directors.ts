import { inventory, secret } from 'haq'

const secrets = {
  cookie: secret.env('HAQ_ERLANG_COOKIE'),
  vrrpPassword: secret.env('HAQ_VRRP_PASSWORD', { optional: true }),
}

/** Three brokers, of which any one may fail, behind two directors on separate hosts. */
export default inventory({
  vars: { vip: '192.168.1.120', interface: 'eth1' },
  groups: {
    rabbit: {
      user: 'root',
      hosts: {
        rabbit1: { address: '192.168.1.131' },
        rabbit2: { address: '192.168.1.132' },
        rabbit3: { address: '192.168.1.133' },
      },
      vars: secrets,
    },
    directors: {
      user: 'root',
      hosts: {
        director1: { address: '192.168.1.141', vars: { priority: 100 } },
        director2: { address: '192.168.1.142', vars: { priority: 90 } },
      },
      vars: secrets,
    },
    observer: { hosts: { control: { connection: 'local' } } },
  },
})
