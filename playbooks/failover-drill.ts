import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import * as z from 'zod'
import { addresses, holdsAddress, play, playbook, Secret, sh, type Script } from 'haq'
import {
  command,
  probeReport,
  rabbitPermissions,
  rabbitUser,
  verifyAll,
  verifyBrokerHealth,
  verifyRabbitCluster,
  verifyRabbitQueues,
} from 'haq/modules'
import { balancerVars, clusterHosts, clusterVars, port } from './parts/cluster-vars.ts'
import { verifyDirectors } from './parts/directors.ts'

const user = 'haq-drill'

/** Seconds without a fault at the beginning. */
const before = 10

/** The faults. Each is a script that ends the fault after a number of seconds. */
const breaks = {
  keepalived: seconds =>
    sh`systemctl kill --kill-whom=all -s KILL keepalived; sleep ${seconds}; systemctl start keepalived`,
  broker: seconds =>
    sh`systemctl kill --kill-whom=all -s KILL rabbitmq-server; systemctl stop rabbitmq-server; sleep ${seconds}; systemctl start rabbitmq-server`,
  // The routes are deleted with the link, and don't come back by themselves.
  network: (seconds, dev) => sh`routes=$(ip -4 route show dev ${dev})
ip link set dev ${dev} down; sleep ${seconds}; ip link set dev ${dev} up
printf '%s\n' "$routes" | while read -r route; do ip -4 route replace $route dev ${dev} 2>/dev/null; done`,
  // Like a crash: nothing is written to disk, and no service is stopped. The outage lasts as long as a boot.
  power: () => sh`echo 1 >/proc/sys/kernel/sysrq; echo b >/proc/sysrq-trigger`,
} satisfies Readonly<Record<string, (seconds: number, dev: string) => Script>>

/**
 * Causes one fault on the host that holds the virtual IP while a test client works, and reports the client's results.
 * The fault ends by itself after a while, even if the control node dies meanwhile. Afterwards the whole cluster must
 * be healthy again.
 *
 *     haq run playbooks/failover-drill.ts -i inventory/prod -e break=keepalived
 *     haq run playbooks/failover-drill.ts -i inventory/prod -e break=power --lab
 *
 * The test client is `haq probe` on the host of the group `observer`: this machine (`connection: local`), or in a lab
 * the lab's client. The report is written to `failover-drill.json`.
 */
export default playbook({
  name: 'Cause one fault, and report its effect on a client',
  vars: clusterVars.pick({ vhost: true }).extend({
    ...balancerVars,
    break: z.enum(['keepalived', 'broker', 'network', 'power'], {
      error: 'takes keepalived, broker, network or power: -e break=keepalived',
    }),
    /** Seconds until the fault ends. */
    seconds: z.int().min(5).max(600).default(20),
    /** Messages per second, each with a publisher confirm. */
    rate: z.int().min(1).max(500).default(20),
    /** Seconds to wait until the cluster is healthy again. */
    patience: z.int().min(0).max(3600).default(300),
    report: z.string().default(join(process.cwd(), 'failover-drill.json')),
  }),
  plays: context => {
    const roles = clusterHosts(context)
    const { brokers, directors } = roles
    const observer = context.group('observer')
    const password = new Secret(randomBytes(18).toString('hex'))
    const [{ vars } = { vars: undefined }] = brokers
    if (!vars) return []
    const { vip, vhost, rate, report, seconds, break: what } = vars
    const total = before + seconds + 15
    const haq = [process.execPath, process.argv[1] ?? '']
    const probe = [...haq, 'probe', `${vip}:${port}`, '-u', user, '--vhost', vhost, '--seconds', total, '--rate', rate]
    return [
      play('verify before', { hosts: brokers, anyErrorsFatal: true }, () => [
        verifyRabbitCluster({ members: brokers }),
        verifyBrokerHealth({}),
      ]),
      play('add test user', { hosts: brokers.slice(0, 1), anyErrorsFatal: true }, () => [
        rabbitUser({ name: user, password }),
        rabbitPermissions({ user, vhost, configure: '^haq-probe-', write: '.*', read: '.*' }),
      ]),
      play('break', { hosts: directors, facts: { holder: addresses(vars.interface) } }, (node, { holder }) => {
        if (!holdsAddress(holder, vip)) return []
        const script = breaks[what](seconds, node.vars.interface)
        // A separate systemd unit continues to run if the fault cuts the connection.
        const unit = sh`systemd-run --quiet --collect --unit=haq-drill sh -c ${`sleep ${before}; ${script.reveal()}`}`
        return [command({ run: unit, always: true }, { name: `break: ${what} of ${node.name}, in ${before} s` })]
      }),
      play('probe', { hosts: observer }, () => [
        command(
          { run: sh`printf '%s\n' ${password} | ${probe} --drain 60 --report ${report} || [ $? = 2 ]`, always: true },
          { name: `run a test client for ${total} s` },
        ),
      ]),
      play('verify after', { hosts: brokers, reconnect: true }, node => [
        verifyAll({
          tasks: [
            verifyRabbitCluster({ members: brokers }),
            verifyRabbitQueues({}),
            verifyBrokerHealth({}),
            ...verifyDirectors(node, roles),
          ],
          within: node.vars.patience,
        }),
      ]),
      play('remove test user', { hosts: brokers.slice(0, 1) }, () => [rabbitUser({ name: user, state: 'absent' })]),
      play('report', { hosts: observer }, () => [probeReport({ path: report })]),
    ]
  },
})
