import * as z from 'zod'
import { defineModule, file, isKnown, presence, require, systemdUnit, unitIsStale, unknown, userExists } from 'haq'
import { folderPath, healthPath } from './brokerHealth/paths.ts'
import { healthScript } from './brokerHealth/script.ts'
import { makeFolder, removeFolder, sharesFolder } from './shared/folder.ts'
import { holdUnit, releaseUnit, type OwnUnit } from '../system/own-unit.ts'

const socketName = 'haq-broker-health.socket'
const socketPath = `/etc/systemd/system/${socketName}`
const servicePath = '/etc/systemd/system/haq-broker-health@.service'

const port = z.int().min(1).max(65535)

/**
 * Installs an HTTP health check on the host of a broker. Load balancers ask it, on a separate port, whether they may
 * send clients to the broker. The answer is `200` with `healthy`, or `503` with the reason. The check asks the node
 * through `erl_call`, within milliseconds. The broker must run and listen, must not be in maintenance mode, must not
 * have a memory or disk alarm that another node does not have, and must not be on the smaller side of a partition. The
 * file `/run/haq/out-of-pool` (module `brokerPool`) takes the host out of the pool. If run as a command,
 * `/usr/local/lib/haq/broker-health` prints the reason and exits with 0 or 1, as a `vrrp_script` must.
 *
 * @see systemd.socket(5), erl_call(1), keepalived.conf(5) HTTP_GET and vrrp_script
 *
 * @example
 * ```ts
 * brokerHealth({ port: 5679, amqpPort: 5672 })
 * ```
 */
export const brokerHealth = defineModule({
  name: 'brokerHealth',
  summary: 'Install an HTTP health check that tells load balancers whether a broker may get clients',
  params: z.object({
    port: port.default(5679).describe('TCP port of the health check, on every address of the host'),
    amqpPort: port.default(5672).describe('TCP port on which the broker must listen for AMQP'),
    clustered: z
      .boolean()
      .default(false)
      .describe(
        'the host is one of several brokers: a node that holds nothing and has joined none of them gets no clients',
      ),
    connections: z
      .int()
      .min(1)
      .max(1000)
      .default(32)
      .describe('number of health checks answered at the same time; further ones are refused'),
    state: presence,
  }),
  title: ({ port }) => String(port),
  facts: () => ({
    user: userExists('rabbitmq'),
    folder: file(folderPath),
    shared: sharesFolder(healthPath),
    script: file(healthPath),
    service: file(servicePath),
    socket: file(socketPath),
    unit: systemdUnit(socketName),
    stale: unitIsStale(socketName),
  }),
  plan: (
    { port, amqpPort, clustered, connections, state },
    { user, folder, shared, script, service, socket, unit, stale },
  ) => {
    const own: OwnUnit = { name: socketName, state: unit, stale }
    const files = [
      { path: healthPath, content: healthScript(amqpPort, clustered), mode: '0755', current: script },
      { path: servicePath, content: serviceText, mode: '0644', current: service },
      { path: socketPath, content: socketText(port, connections), mode: '0644', current: socket },
    ] as const
    if (state === 'absent') return [...releaseUnit(own, files), ...removeFolder(folderPath, folder, shared)]
    return [
      require('RabbitMQ is installed', isKnown(user) ? user === true : unknown, {
        hint: 'install the package rabbitmq-server in an earlier task',
      }),
      ...makeFolder(folderPath, folder),
      ...holdUnit(own, files, true),
    ]
  },
})

// After a flood of connections systemd would stop the socket for good. TriggerLimitIntervalSec=0 prevents this.
const socketText = (port: number, connections: number): string => `# Managed by haq (brokerHealth).
[Unit]
Description=Questions of load balancers about the health of the broker

[Socket]
ListenStream=${port}
Accept=yes
MaxConnections=${connections}
TriggerLimitIntervalSec=0

[Install]
WantedBy=sockets.target
`

const serviceText = `# Managed by haq (brokerHealth).
[Unit]
Description=Health of the broker
CollectMode=inactive-or-failed

[Service]
ExecStart=${healthPath} --http
User=rabbitmq
StandardInput=socket
StandardOutput=socket
StandardError=journal
NoNewPrivileges=yes
RuntimeMaxSec=5
LogLevelMax=notice
`
