import * as z from 'zod'
import { play, playbook } from 'haq'
import { haPolicy, hostsFile, packages, rabbitVhost, service } from 'haq/modules'

/** A broker and changes to it; `old` is the state of a vhost that exists before the run. */
export default playbook({
  name: 'Undo of RabbitMQ',
  vars: z.object({ old: z.enum(['present', 'absent']).default('present') }),
  plays: ({ group }) => [
    play('broker', { hosts: group('rabbit'), tags: ['broker'] }, () => [
      hostsFile({ entries: group('rabbit').map(({ address, name }) => ({ address, names: [name] })) }),
      packages({ names: ['rabbitmq-server'] }),
      service({ name: 'rabbitmq-server', state: 'running' }),
    ]),
    play('queues', { hosts: group('rabbit'), serial: 1, tags: ['queues'] }, ({ vars: { old } }) => [
      haPolicy({ name: 'changed', pattern: '^', definition: { 'ha-mode': 'all' } }),
      rabbitVhost({ name: 'new' }),
      haPolicy({ name: 'new', vhost: 'new', pattern: '^new', definition: { 'max-length': 9 }, applyTo: 'queues' }),
      haPolicy({ name: 'dropped', state: 'absent' }),
      rabbitVhost({ name: 'old', state: old }),
    ]),
  ],
})
