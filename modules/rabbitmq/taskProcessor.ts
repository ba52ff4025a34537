import * as z from 'zod'
import {
  absolutePath,
  defineModule,
  file,
  isKnown,
  presence,
  require,
  systemdUnit,
  unitIsStale,
  unknown,
  userExists,
} from 'haq'
import { rabbitUnit } from './facts/rabbit-node.ts'
import { holdUnit, releaseUnit, type OwnUnit } from '../system/own-unit.ts'
import { execWord, quoted } from '../system/unit-words.ts'

const oneLine = z.string().regex(/^[^\0\r\n]*$/, { error: 'takes text of one line' })

const params = z.object({
  name: z
    .string()
    .regex(/^[A-Za-z0-9][\w.-]{0,99}$/, { error: 'takes letters, digits, dots, dashes and underscores' })
    .describe('the name of the processor; its unit is haq-task-NAME.service'),
  command: z
    .tuple(
      [absolutePath.regex(/^[\w@%+=:,./-]+$/, { error: 'takes an absolute path without spaces or quotes' })],
      oneLine,
    )
    .readonly()
    .describe('the command and its arguments, the program with its absolute path; arguments are passed unchanged'),
  user: z
    .string()
    .regex(/^[a-z_][\w-]{0,31}$/i, { error: "takes a user's name" })
    .describe('the user that runs the command'),
  workingDirectory: absolutePath.optional().describe('the working directory; left out, /'),
  environment: z
    .record(z.string().regex(/^[A-Za-z_]\w*$/, { error: 'takes names such as QUEUE' }), oneLine)
    .default({})
    .describe('environment variables; every user of the host can read them, so put passwords into environmentFile'),
  environmentFile: absolutePath
    .optional()
    .describe('a file with lines NAME=value that sets further environment variables'),
  restart: z
    .enum(['always', 'on-failure', 'no'])
    .default('always')
    .describe('whether the processor is restarted if it ends while the broker runs'),
  restartSeconds: z.int().min(1).max(3600).default(5).describe('seconds before a restart'),
  state: presence,
})

type Params = z.output<typeof params>

/**
 * Manages a service that processes tasks from the broker of its own host. It starts and stops with that broker, also
 * at boot and after a crash. It continues to run while the broker of another host is down. If the broker is not
 * running now, the service is only enabled. `rabbitmqctl stop_app` does not stop the service rabbitmq-server, so the
 * processor continues to run, too.
 *
 * @see systemd.unit(5) BindsTo=, systemd.service(5)
 *
 * @example
 * ```ts
 * taskProcessor({
 *   name: 'mailer',
 *   command: ['/opt/mailer/bin/work', '--queue', 'mail'],
 *   user: 'mailer',
 * })
 * ```
 */
export const taskProcessor = defineModule({
  name: 'taskProcessor',
  summary: 'Run a service on a host exactly while the broker of that host runs',
  params,
  title: ({ name }) => name,
  facts: ({ name, user }) => ({
    user: userExists(user),
    file: file(pathOf(name)),
    unit: systemdUnit(unitOf(name)),
    stale: unitIsStale(unitOf(name)),
    broker: rabbitUnit,
  }),
  plan: (params, { user, file: current, unit, stale, broker }) => {
    const own: OwnUnit = { name: unitOf(params.name), state: unit, stale }
    const path = pathOf(params.name)
    if (params.state === 'absent') return releaseUnit(own, [{ path, current }])
    return [
      require(`there is a user ${params.user}`, isKnown(user) ? user === true : unknown, {
        otherwise: `there is no user ${params.user} on this host`,
        hint: 'create the user in an earlier task, or install the package that creates it',
      }),
      ...holdUnit(
        own,
        [{ path, content: unitText(params), mode: '0644', current }],
        isKnown(broker) ? broker?.active === true : unknown,
      ),
    ]
  },
})

function unitOf(name: string): string {
  return `haq-task-${name}.service`
}

function pathOf(name: string): string {
  return `/etc/systemd/system/${unitOf(name)}`
}

function unitText(params: Params): string {
  const { name, command, user, workingDirectory, environment, environmentFile, restart, restartSeconds } = params
  const [program, ...words] = command
  const variables = Object.entries(environment).map(([key, value]) => `Environment=${quoted(`${key}=${value}`)}\n`)
  return `# Managed by haq (taskProcessor).
[Unit]
Description=Task processor ${name}
BindsTo=rabbitmq-server.service
After=rabbitmq-server.service

[Service]
ExecStart=${[program.replaceAll('%', '%%'), ...words.map(execWord)].join(' ')}
User=${user}
${workingDirectory === undefined ? '' : `WorkingDirectory=${workingDirectory.replaceAll('%', '%%')}\n`}${variables.join('')}${
    environmentFile === undefined ? '' : `EnvironmentFile=${environmentFile.replaceAll('%', '%%')}\n`
  }Restart=${restart}
RestartSec=${restartSeconds}

[Install]
WantedBy=rabbitmq-server.service
`
}
