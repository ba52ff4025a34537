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
import { notMasked } from './masked.ts'

/** When systemd restarts a service, according to the unit that systemd has read. */
interface Restart {
  /** The value of Restart=. */
  readonly policy: string
  /** A file of the unit was changed after systemd read it. */
  readonly stale: boolean
  /** The unit is masked: it is never started, and so never restarted. */
  readonly masked?: true
}

/** What is known about a service: when systemd restarts it, and the drop-in of this module. */
interface Found {
  readonly restart: Restart | Absent | Unknown
  readonly conf: FileState | Absent | Unknown
}

const params = z.object({
  service: z
    .string()
    .regex(/^[A-Za-z0-9][\w@:-]*$/, { error: 'takes the name of a service, such as nginx, without .service' })
    .describe('the systemd service'),
  afterSeconds: z.number().min(0.1).max(3600).default(1).describe('seconds between the crash and the restart'),
  state: presence,
})

type Params = z.output<typeof params>

/** Values of Restart= with which systemd restarts a service that crashed or was killed. */
const restarting: readonly string[] = ['always', 'on-failure', 'on-abnormal', 'on-abort']

/**
 * Makes systemd restart a service whenever it crashes or is killed, without a limit on the number of restarts. A
 * service whose unit already has such a setting is not changed. Debian's keepalived has none. A keepalived that was
 * killed leaves its virtual IP and its IPVS table behind: then two directors balance, and a part of all connections
 * fails until keepalived runs again.
 *
 * The service itself is not restarted by this task. The task writes a drop-in and reloads systemd.
 *
 * @see systemd.service(5), Restart=; systemd.unit(5), drop-in and StartLimitIntervalSec=
 *
 * @example
 * ```ts
 * restartOnFailure({ service: 'keepalived' })
 * ```
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
        hint: 'install the package of the service in an earlier task',
      }),
      ...notMasked(service, isKnown(found.restart) ? found.restart?.masked : undefined, 'is never started'),
      turnOn(params, found),
    ]
  },
})

function restartOf(service: string): Fact<Restart | Absent> {
  return unitProperties('restartOf', `${service}.service`, ['LoadState', 'Restart', 'NeedDaemonReload'], value =>
    value('LoadState') === 'not-found'
      ? absent
      : {
          policy: value('Restart'),
          stale: value('NeedDaemonReload') === 'yes',
          ...(value('LoadState') === 'masked' && { masked: true }),
        },
  )
}

function isDone(params: Params, { restart, conf }: Found): boolean {
  if (!isKnown(restart) || restart === absent || !restarting.includes(restart.policy)) return false
  return (
    conf === absent || (!restart.stale && convergeFile(file(pathOf(params.service)), wanted(params), conf).length === 0)
  )
}

/** An earlier run may have been killed after it removed the drop-in and before it reloaded systemd. */
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
    // If the unit itself already has such a setting, no drop-in was written.
    predicts: [
      predict(restartOf(service), found.restart === absent ? absent : { policy: 'no', stale: false }),
      predict(file(pathOf(service)), absent),
    ],
  })
}

/**
 * Writes the drop-in and reloads systemd in one step. An undo runs steps in reverse order, and there the reload must
 * also come after the change of the file.
 */
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
      isKnown(restart) && isKnown(conf) && (conf === absent || 'content' in conf)
        ? {
            change: { ...change, from: to, to: from },
            script: conf === absent ? remove(service) : write(service, conf.content),
          }
        : { impossible: 'the previous restart setting is not known' },
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
