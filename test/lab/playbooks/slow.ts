import * as z from 'zod'
import { play, playbook, sh } from 'haq'
import { command, service } from 'haq/modules'

/** A slow step, and a handler that its task notifies. */
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
