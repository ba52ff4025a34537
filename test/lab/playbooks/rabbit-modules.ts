import * as z from 'zod'
import { play, playbook, Secret } from 'haq'
import { hostsFile, packages, rabbitPermissions, rabbitUser, rabbitVhost, service } from 'haq/modules'

/** What a single broker can hold; `state` says whether it is to be there. */
export default playbook({
  name: 'RabbitMQ modules',
  vars: z.object({
    state: z.enum(['present', 'absent']).default('present'),
    password: z.string().default(`CANARY's first`),
  }),
  plays: ({ group }) => {
    const nodes = group('rabbit').slice(0, 1)
    return [
      play('broker', { hosts: nodes, tags: ['broker'] }, node => [
        hostsFile({ entries: [{ address: node.address, names: [node.name] }] }),
        packages({ names: ['rabbitmq-server'] }),
        service({ name: 'rabbitmq-server', state: 'running' }),
      ]),
      play('users', { hosts: nodes, tags: ['users'] }, ({ vars: { state, password } }) => [
        rabbitUser({ name: 'guest', state: 'absent' }),
        rabbitVhost({ name: 'shop' }),
        rabbitUser({ name: 'ann', password: new Secret(password), tags: ['monitoring', 'management'], state }),
        ...(state === 'present'
          ? [rabbitPermissions({ user: 'ann', vhost: 'shop', configure: '^ann\\.', read: '.*' })]
          : []),
      ]),
    ]
  },
})
