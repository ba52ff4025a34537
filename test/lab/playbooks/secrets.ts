import * as z from 'zod'
import { play, playbook, secret, Secret, sh } from 'haq'
import { command, erlangCookie, file, keepalivedConf, packages } from 'haq/modules'

const quoted = new Secret(`XANARY'quoted"\\n`)

/** A secret in every parameter that takes one, and steps that fail and print theirs. */
export default playbook({
  name: 'Secrets',
  vars: z.object({
    vip: z.ipv4(),
    interface: z.string(),
    cookie: secret(),
    vrrpPassword: secret(),
    fails: z.enum(['nothing', 'a step', 'a validator', 'a syntax']).default('nothing'),
  }),
  plays: ({ group }) => [
    play('secrets', { hosts: group('rabbit').slice(0, 1) }, ({ vars }) => [
      packages({ names: ['rabbitmq-server', 'keepalived'] }),
      erlangCookie({ cookie: vars.cookie }),
      file({ path: '/etc/haq-secret', content: quoted, mode: '0400' }),
      file({
        path: '/etc/haq-password',
        content: new Secret('user=haq\npassword=XANARYpart\n'),
        mode: '0600',
      }),
      keepalivedConf({
        instances: [
          {
            name: 'VI_1',
            interface: vars.interface,
            virtualRouterId: 60,
            priority: 100,
            authentication: { pass: vars.vrrpPassword },
            virtualAddresses: [{ address: vars.vip }],
          },
        ],
      }),
      command({ run: sh`printf %s ${quoted} >/etc/haq-by-command`, creates: '/etc/haq-by-command' }),
      ...failing(vars.fails),
    ]),
  ],
})

function failing(fails: 'nothing' | 'a step' | 'a validator' | 'a syntax') {
  switch (fails) {
    case 'nothing':
      return []
    case 'a step':
      return [command({ run: sh`printf '%s\n' ${quoted}; printf '%s\n' ${quoted} >&2; exit 3`, always: true })]
    case 'a validator':
      return [
        file({
          path: '/etc/haq-invalid',
          content: new Secret('XANARYinvalid'),
          validate: ['sh', '-c', 'cat "$1" >&2; exit 1', 'sh'],
        }),
      ]
    case 'a syntax':
      return [command({ run: sh`printf %s ${quoted} |; (`, always: true })]
  }
}
