import * as z from 'zod'
import { play, playbook, Secret } from 'haq'
import { file, hostsFile, loopbackVip, service, sysctlArp } from 'haq/modules'

/** The setup of a real server of the cluster, without the broker. */
export default playbook({
  name: 'Real servers',
  vars: z.object({ vip: z.ipv4(), setting: z.string().default('one') }),
  plays: ({ group }) => {
    const nodes = group('rabbit')
    return [
      play('real servers', { hosts: nodes }, ({ vars: { vip, setting } }) => [
        hostsFile({ entries: nodes.map(({ address, name }) => ({ address, names: [name] })) }),
        sysctlArp({}),
        loopbackVip({ vip }),
        file(
          { path: '/etc/haq-test', content: `${setting}\n` },
          { notify: [service({ name: 'ssh', state: 'reloaded' })] },
        ),
        file({ path: '/etc/haq-test-secret', content: new Secret('CANARYplan'), mode: '0400' }),
      ]),
    ]
  },
})
