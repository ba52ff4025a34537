import * as z from 'zod'
import { play, playbook, sh } from 'haq'
import { command, service } from 'haq/modules'

/** A step that takes its time, and a handler that it notifies. */
export default playbook({
  name: 'Slow',
  vars: z.object({}),
  plays: ({ group }) => [
    play('slow', { hosts: group('rabbit') }, () => [
      command(
        { run: sh`touch /run/slow; sleep 3; touch /run/slow-done`, creates: '/run/slow-done' },
        { notify: [service({ name: 'ssh', state: 'reloaded' })] },
      ),
    ]),
  ],
})
