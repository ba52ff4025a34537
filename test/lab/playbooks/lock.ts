import { play, playbook, sh } from 'haq'
import { command } from 'haq/modules'

/** A daemon, and a step that waits for the file `go`. */
export default playbook({
  name: 'Lock',
  plays: ({ group }) => [
    play('lock', { hosts: group('rabbit') }, () => [
      command({
        run: sh`setsid sleep 3600 </dev/null >/dev/null 2>&1 & : >/run/haq-test-daemon`,
        creates: '/run/haq-test-daemon',
      }),
      command({
        run: sh`: >/run/haq-test-begun; until [ -e /run/haq-test-go ]; do sleep 0.1; done; : >/run/haq-test-done`,
        creates: '/run/haq-test-done',
      }),
      command({ run: ['touch', '/run/haq-test-after'], creates: '/run/haq-test-after' }),
    ]),
  ],
})
