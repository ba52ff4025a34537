import * as z from 'zod'
import {
  absent,
  convergeFile,
  defineModule,
  file,
  isKnown,
  predict,
  presence,
  require,
  run,
  sh,
  unitProperties,
  unknown,
  type Absent,
  type ByteString,
  type Fact,
  type FileState,
  type Prediction,
  type Script,
  type Step,
  type Unknown,
} from 'haq'

/** How systemd restarts a service, as it has read it. */
interface Restart {
  /** The value of Restart=. */
  readonly policy: string
  /** A file of the unit was changed since systemd read it. */
  readonly stale: boolean
}

/** What is known of a service: how systemd restarts it, and this module's drop-in. */
interface Found {
  readonly restart: Restart | Absent | Unknown
  readonly conf: FileState | Absent | Unknown
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
  summary: 'Restart a service automatically after a crash (systemd drop-in)',
  params,
  title: ({ service }) => service,
  facts: ({ service }) => ({ restart: restartOf(service), conf: file(pathOf(service)) }),
  plan: (params, found) => {
    const { service, state } = params
    if (state === 'absent') return mayBeOwn(found) ? [turnOff(service, found)] : []
    if (isDone(params, found)) return []
    return [
      require(`the host has a service ${service}`, isKnown(found.restart) ? found.restart !== absent : unknown, {
        otherwise: `the host has no service ${service}`,
        hint: 'install what brings it in an earlier task',
      }),
      turnOn(params, found),
    ]
  },
})

function restartOf(service: string): Fact<Restart | Absent> {
  return unitProperties('restartOf', `${service}.service`, ['LoadState', 'Restart', 'NeedDaemonReload'], value =>
    value('LoadState') === 'not-found'
      ? absent
      : { policy: value('Restart'), stale: value('NeedDaemonReload') === 'yes' },
  )
}

function isDone(params: Params, { restart, conf }: Found): boolean {
  if (!isKnown(restart) || restart === absent || !restarting.includes(restart.policy)) return false
  return (
    conf === absent || (!restart.stale && convergeFile(file(pathOf(params.service)), wanted(params), conf).length === 0)
  )
}

/** A run that was killed may have removed the drop-in, and not have told systemd of it. */
function mayBeOwn({ restart, conf }: Found): boolean {
  if (conf !== absent || !isKnown(restart)) return true
  return restart !== absent && restart.stale && restarting.includes(restart.policy)
}

function turnOn(params: Params, found: Found): Step {
  const { service } = params
  const { path, content, ...attributes } = wanted(params)
  return step(service, found, {
    to: `on-failure after ${params.afterSeconds} s`,
    script: write(service, content),
    predicts: [
      predict(restartOf(service), { policy: 'on-failure', stale: false }),
      predict(file(path), { type: 'file', ...attributes, content }),
    ],
  })
}

function turnOff(service: string, found: Found): Step {
  return step(service, found, {
    to: 'as its unit says',
    script: remove(service),
    // Where the unit itself had it restarted, no drop-in was written.
    predicts: [
      predict(restartOf(service), found.restart === absent ? absent : { policy: 'no', stale: false }),
      predict(file(pathOf(service)), absent),
    ],
  })
}

/** The drop-in and what systemd knows of it in one step, as an undo takes steps back to front, and systemd comes last. */
function step(
  service: string,
  { restart, conf }: Found,
  { to, script, predicts }: { readonly to: string; readonly script: Script; readonly predicts: readonly Prediction[] },
): Step {
  const from = isKnown(restart) ? (restart?.policy ?? 'no') : 'unknown'
  const change = { what: `restart of ${service}`, from, to }
  return run({
    change,
    script,
    undo:
      isKnown(restart) && isKnown(conf)
        ? {
            change: { ...change, from: to, to: from },
            script: conf !== absent && 'content' in conf ? write(service, conf.content) : remove(service),
          }
        : { impossible: 'how it was restarted before is not known' },
    predicts,
  })
}

function wanted({ service, afterSeconds }: Params) {
  const content = `# Managed by haq (restartOnFailure).
[Unit]
StartLimitIntervalSec=0
[Service]
Restart=on-failure
RestartSec=${Math.round(afterSeconds * 1000)}ms
`
  return { path: pathOf(service), content, mode: '0644', owner: 'root', group: 'root' } as const
}

function folderOf(service: string): string {
  return `/etc/systemd/system/${service}.service.d`
}

function pathOf(service: string): string {
  return `${folderOf(service)}/90-haq-restart.conf`
}

function write(service: string, content: ByteString): Script {
  const path = pathOf(service)
  return sh`mkdir -p -m 0755 ${folderOf(service)}
printf %s ${content} >${`${path}.new`}
chmod 0644 ${`${path}.new`}
mv ${`${path}.new`} ${path}
systemctl daemon-reload`
}

function remove(service: string): Script {
  return sh`rm -f ${pathOf(service)}
rmdir ${folderOf(service)} 2>/dev/null || :
systemctl daemon-reload`
}
