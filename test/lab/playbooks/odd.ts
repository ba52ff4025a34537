import { play, playbook, type Task } from 'haq'
import { directory, file, hostsFile, loopbackVip, packages, service, sysctlArp } from 'haq/modules'

/** One task for each odd state of a host; its tag chooses it. */
const tasks: Readonly<Record<string, (options: { readonly tags: readonly string[] }) => Task>> = {
  hosts: options => hostsFile({ entries: [{ address: '10.8.1.21', names: ['rabbit-a'] }] }, options),
  directory: options => directory({ path: '/srv/app/data', owner: '1234', group: '1234' }, options),
  file: options => file({ path: '/srv/app/env', content: 'A=1\n', owner: '1500', group: '1500' }, options),
  immutable: options => file({ path: '/srv/app/immutable', content: 'a\n' }, options),
  readonly: options => file({ path: '/srv/ro/x', content: 'a\n' }, options),
  full: options => file({ path: '/srv/full/x', content: 'a\n' }, options),
  inodes: options => file({ path: '/srv/inodes/x', content: 'a\n' }, options),
  nofolder: options => file({ path: '/srv/nowhere/x', content: 'a\n' }, options),
  acl: options => file({ path: '/srv/app/acl', content: 'a\n', mode: '0640' }, options),
  busy: options => file({ path: '/srv/app/busy', content: 'a\n' }, options),
  long: options => file({ path: `/srv/app/${'x'.repeat(250)}`, content: 'a\n' }, options),
  loop: options => file({ path: '/srv/app/loop', content: 'a\n' }, options),
  sysv: options => service({ name: 'vendoragent', state: 'running', enabled: true }, options),
  masked: options => service({ name: 'baz', state: 'running', enabled: true }, options),
  oneshot: options => service({ name: 'once', state: 'running', enabled: true }, options),
  static: options => service({ name: 'plain', state: 'running', enabled: true }, options),
  indirect: options => service({ name: 'behind', enabled: true }, options),
  wanted: options => service({ name: 'pulled', enabled: false }, options),
  dropin: options => loopbackVip({ vip: '10.8.1.99' }, options),
  instance: options => service({ name: 'worker@1', state: 'running', enabled: true }, options),
  sysctl: options => sysctlArp({ interfaces: ['eth1'] }, options),
  held: options => packages({ names: ['hunt-demo'] }, options),
  heldLatest: options => packages({ names: ['hunt-demo'], state: 'latest' }, options),
  heldVersion: options => packages({ names: ['hunt-demo=2.0'] }, options),
  heldAbsent: options => packages({ names: ['hunt-demo'], state: 'absent' }, options),
  heldNeeded: options => packages({ names: ['hunt-needs'] }, options),
  stamp: options => packages({ names: ['hunt-demo'], state: 'latest' }, options),
  tmpdir: options => packages({ names: ['hunt-needs'] }, options),
  lists: options => packages({ names: ['hunt-demo'], state: 'latest' }, options),
}

export default playbook({
  name: 'odd hosts',
  plays: ({ group }) => [
    play('odd', { hosts: group('rabbit').slice(0, 1) }, () =>
      Object.entries(tasks).map(([tag, make]) => make({ tags: [tag] })),
    ),
  ],
})
