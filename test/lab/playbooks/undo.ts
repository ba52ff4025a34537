import * as z from 'zod'
import { play, playbook, Secret } from 'haq'
import { directory, file, hostsFile, loopbackVip, service, sysctlArp } from 'haq/modules'

/** Changes of every kind that can be undone; with `watched` also a handler. */
export default playbook({
  name: 'Undo',
  vars: z.object({ vip: z.ipv4(), setting: z.string().default('one') }),
  plays: ({ group }) => [
    play('hosts', { hosts: group('rabbit') }, () => [
      hostsFile({ entries: group('rabbit').map(({ address, name }) => ({ address, names: [name] })) }),
      sysctlArp({}),
    ]),
    play('files', { hosts: group('rabbit') }, ({ vars: { vip, setting } }) => [
      loopbackVip({ vip }),
      directory({ path: '/etc/haq-undo/deep', mode: '0750', group: 'adm' }),
      directory({ path: '/etc/haq-undo', mode: '0700' }),
      file({ path: '/etc/haq-undo/deep/new', content: 'new\n' }),
      file({ path: '/etc/haq-undo/secret', content: new Secret('CANARYnew'), mode: '0400' }),
      file({ path: '/etc/haq-undo/gone', state: 'absent' }),
      file(
        { path: '/etc/haq-undo/setting', content: setting },
        { notify: [service({ name: 'haq-watch', state: 'restarted' })] },
      ),
      service({ name: 'haq-undo', state: 'stopped', enabled: true }),
    ]),
  ],
})
