import * as z from 'zod'
import {
  absent,
  defineModule,
  isKnown,
  presence,
  require,
  run,
  predict,
  sh,
  unknown,
  type Absent,
  type Fact,
  type Script,
  type Step,
  type Unknown,
} from 'haq'

/** How systemd restarts a service, as it has read it. */
interface Restart {
  /** The value of Restart=. */
  readonly policy: string
  /** Whether this module's drop-in is there. */
  readonly own: boolean
  /** A file of the unit was changed since systemd read it. */
  readonly stale: boolean
}

const params = z.object({
  service: z
    .string()
    .regex(/^[A-Za-z0-9][\w@:-]*$/, { error: 'takes the name of a service, such as nginx, without .service' })
    .describe('the systemd service'),
  afterSeconds: z.number().min(0.1).max(3600).default(1).describe('seconds until it is started again'),
  state: presence,
})

type Params = z.output<typeof params>

/** Values of Restart= with which a service comes back that was killed or crashed. */
const restarting: readonly string[] = ['always', 'on-failure', 'on-abnormal', 'on-abort']

/**
 * Has systemd start a service again that crashed or was killed, as often as it takes. A service whose unit says so already
 * is left as it is; Debian's keepalived does not. A keepalived that was killed leaves its virtual IP and its IPVS table
 * behind: two directors balance then, and a part of all connections fails until it runs again.
 *
 * The service itself is not touched: what it needs is a drop-in, and systemd told of it.
 *
 * @see systemd.service(5), Restart=; systemd.unit(5), drop-in and StartLimitIntervalSec=
 */
export const restartOnFailure = defineModule({
  name: 'restartOnFailure',
  summary: 'Have systemd start a service again that crashed or was killed',
  params,
  title: ({ service }) => service,
  facts: ({ service }) => ({ restart: restartOf(service) }),
  plan: (params, { restart }) => {
    const { service, state } = params
    if (state === 'absent') return mayBeOwn(restart) ? [step(params, restart, 'as its unit says')] : []
    if (isKnown(restart) && restart !== absent && restarting.includes(restart.policy)) return []
    return [
      require(`the host has a service ${service}`, isKnown(restart) ? restart !== absent : unknown, {
        otherwise: `the host has no service ${service}`,
        hint: 'install what brings it in an earlier task',
      }),
      step(params, restart, 'on-failure'),
    ]
  },
})

function restartOf(service: string): Fact<Restart | Absent> {
  return {
    key: `restartOf:${service}`,
    script: sh`[ ! -e ${dropIn(service).path} ] || echo own
systemctl show -p LoadState,Restart,NeedDaemonReload -- ${`${service}.service`}`,
    parse: stdout => {
      const value = (key: string): string => new RegExp(`^${key}=(.*)$`, 'm').exec(stdout)?.[1] ?? ''
      const own = stdout.startsWith('own\n')
      if (value('LoadState') === 'not-found') return own ? { policy: 'no', own, stale: true } : absent
      if (value('Restart') === '') throw new Error(`systemctl printed ${JSON.stringify(stdout)}`)
      return { policy: value('Restart'), own, stale: value('NeedDaemonReload') === 'yes' }
    },
  }
}

/** A run that was killed may have removed the drop-in, and not have told systemd of it. */
function mayBeOwn(restart: Restart | Absent | Unknown): boolean {
  if (!isKnown(restart)) return true
  return restart !== absent && (restart.own || (restart.stale && restarting.includes(restart.policy)))
}

function step(params: Params, restart: Restart | Absent | Unknown, to: 'on-failure' | 'as its unit says'): Step {
  const { service } = params
  const before = isKnown(restart) && restart !== absent ? restart : undefined
  const isOn = to === 'on-failure'
  const change = { what: `restart of ${service}`, from: isKnown(restart) ? (before?.policy ?? 'no') : 'unknown', to }
  return run({
    change,
    script: isOn ? write(params) : remove(service),
    undo: isKnown(restart)
      ? { change: { ...change, from: to, to: change.from }, script: before?.own ? write(params) : remove(service) }
      : { impossible: 'how it was restarted before is not known' },
    // Where the unit itself had it restarted, no drop-in was written.
    predicts: [predict(restartOf(service), { policy: isOn ? to : 'no', own: isOn, stale: false })],
  })
}

function dropIn(service: string): { readonly folder: string; readonly path: string } {
  const folder = `/etc/systemd/system/${service}.service.d`
  return { folder, path: `${folder}/90-haq-restart.conf` }
}

function write({ service, afterSeconds }: Params): Script {
  const { folder, path } = dropIn(service)
  const text = `# Managed by haq (restartOnFailure).
[Unit]
StartLimitIntervalSec=0
[Service]
Restart=on-failure
RestartSec=${Math.round(afterSeconds * 1000)}ms
`
  return sh`mkdir -p -m 0755 ${folder}
printf %s ${text} >${`${path}.new`}
mv ${`${path}.new`} ${path}
systemctl daemon-reload`
}

function remove(service: string): Script {
  const { folder, path } = dropIn(service)
  return sh`rm -f ${path}
rmdir ${folder} 2>/dev/null || :
systemctl daemon-reload`
}
