import * as z from 'zod'
import { play, playbook, Secret, sh } from 'haq'
import { command, directory, file, service } from 'haq/modules'

const unit = `[Service]
ExecStart=/bin/sh -c 'date +%%s%%N >>/srv/haq-test/starts; exec sleep infinity'
ExecReload=/bin/sh -c 'echo reloaded >>/srv/haq-test/reloads'
[Install]
WantedBy=multi-user.target
`

/** Tests the basic modules on a real host. */
export default playbook({
  name: 'Basics',
  vars: z.object({ state: z.enum(['present', 'absent']).default('present'), setting: z.string().default('one') }),
  plays: ({ group }) => [
    play('basics', { hosts: group('rabbit') }, ({ vars: { state, setting } }) => {
      const restart = service({ name: 'haq-test', state: 'restarted' })
      const tasks = [
        directory({ path: '/srv/haq-test/deep', mode: '0750', state, recursive: true }),
        file({
          path: '/srv/haq-test/deep/conf',
          content: `setting=${setting}\n`,
          validate: ['grep', '-q', '^setting='],
          mode: '0640',
          group: 'adm',
          state,
        }),
        file({ path: '/srv/haq-test/deep/secret', content: new Secret('CANARYfile'), mode: '0400', state }),
        file({ path: '/etc/systemd/system/haq-test.service', content: unit, state }, { notify: [restart] }),
        command({ run: ['systemctl', 'daemon-reload'], always: true }),
      ]
      if (state === 'absent')
        return [
          service({ name: 'haq-test', state: 'stopped', enabled: false }),
          ...tasks.toReversed().filter(task => task.module !== 'command'),
          command({ run: sh`rm -r /srv/haq-test`, removes: '/srv/haq-test' }),
        ]
      return [
        ...tasks,
        service({ name: 'haq-test', state: 'running', enabled: true }),
        file(
          { path: '/srv/haq-test/deep/watched', content: setting },
          { notify: [restart, service({ name: 'haq-test', state: 'reloaded' })], tags: ['watched'] },
        ),
        command({ run: sh`echo once >>/srv/haq-test/once`, creates: '/srv/haq-test/once' }),
      ]
    }),
  ],
})
