import {
  absent,
  isKnown,
  lines,
  predict,
  removeFile,
  require,
  convergeFile,
  file,
  run,
  sh,
  systemdUnit,
  unitIsStale,
  unknown,
  type Absent,
  type FileState,
  type Plan,
  type Requirement,
  type Script,
  type Step,
  type UnitState,
  type Unknown,
} from 'haq'
import { notMasked } from './masked.ts'
import { attempt } from './attempt.ts'

/** What is known about a unit whose files a module writes. */
export interface OwnUnit {
  readonly name: string
  readonly state: UnitState | Absent | Unknown
  /** A file of the unit was changed after systemd read it. */
  readonly stale: boolean | Unknown
}

/** A file of a unit: the wanted content, and the current one. */
export interface OwnFile {
  readonly path: string
  readonly content: string
  readonly mode: '0644' | '0755'
  readonly current: FileState | Absent | Unknown
}

/**
 * The steps that write the files of a unit, reload systemd, enable the unit and, if it must run, start it.
 * @param mustRun false if the unit may be running or stopped
 */
export function holdUnit(unit: OwnUnit, files: readonly OwnFile[], mustRun: boolean | Unknown): Plan {
  const writes = files.flatMap(({ current, ...wanted }) =>
    convergeFile(file(wanted.path), { ...wanted, owner: 'root', group: 'root' }, current),
  )
  const isRight = unit.stale === false && isEnabled(unit) && (mustRun === false || isActive(unit))
  return [...asWritten(unit), ...writes, ...(writes.length === 0 && isRight ? [] : [enable(unit, mustRun)])]
}

/** What keeps a unit that haq writes from doing at boot what its unit file says. */
export function asWritten({ name, state }: Pick<OwnUnit, 'name' | 'state'>): readonly Requirement[] {
  if (!isKnown(state) || state === absent) return []
  const { masked, offline, dropIns = [] } = state
  return [
    ...(offline
      ? [
          require('systemd runs on the host', false, {
            otherwise: `systemd does not run on this host, so ${name} can't be started`,
            final: true,
          }),
        ]
      : []),
    ...notMasked(name, masked, "can't be started or enabled"),
    ...(dropIns.length > 0
      ? [
          require(`no drop-in changes ${name}`, false, {
            otherwise: `${name} is changed by ${dropIns.join(', ')}`,
            hint: 'remove the drop-in: what the unit does with it at boot is not known',
            final: true,
          }),
        ]
      : []),
  ]
}

function enable(unit: OwnUnit, mustRun: boolean | Unknown): Step {
  const { name, state } = unit
  const change = { what: `unit ${name}`, from: word(unit), to: mustRun === false ? 'enabled' : 'running as written' }
  const isRunning = mustRun === false ? (isKnown(state) ? (state?.active ?? false) : unknown) : mustRun
  return run({
    change,
    script:
      mustRun === false
        ? enableAsWritten(name)
        : // The unit is stopped before systemd reads the new files. If a run is killed in between, the next run sees
          // the stopped unit and starts it.
          lines(sh`systemctl stop ${name} 2>/dev/null || :`, enableAsWritten(name), attempt('start', name)),
    undo: isKnown(state)
      ? {
          change: { ...change, from: change.to, to: change.from },
          script: lines(
            isEnabled(unit) ? sh`:` : sh`systemctl -q disable ${name}`,
            isActive(unit) ? sh`:` : sh`systemctl stop ${name}`,
          ),
        }
      : { impossible: 'the previous state is not known' },
    predicts: [predict(systemdUnit(name), { active: isRunning, enabled: true }), predict(unitIsStale(name), false)],
  })
}

/** Enables a unit and reloads systemd only once; without `--no-reload`, `systemctl enable` would reload it, too. */
export function enableAsWritten(name: string): Script {
  return sh`systemctl -q --no-reload enable ${name}
systemctl daemon-reload`
}

/** The plan that stops a unit and removes its files. */
export function releaseUnit(unit: OwnUnit, files: readonly Omit<OwnFile, 'content' | 'mode'>[]): Plan {
  const { name, state } = unit
  const change = { what: `unit ${name}`, from: word(unit), to: 'stopped and disabled' }
  const mayBeThere = !isKnown(state) || isEnabled(unit) || (state !== null && state.active !== false)
  const stop = run({
    change,
    script: sh`systemctl -q disable --now ${name}`,
    undo: isKnown(state)
      ? {
          change: { ...change, from: change.to, to: change.from },
          script: lines(
            isEnabled(unit) ? sh`systemctl -q enable ${name}` : sh`:`,
            isActive(unit) ? sh`systemctl start ${name}` : sh`:`,
          ),
        }
      : { impossible: 'the previous state is not known' },
    predicts: [predict(systemdUnit(name), { active: false, enabled: false })],
  })
  return [...(mayBeThere ? [stop] : []), ...files.flatMap(({ path, current }) => removeFile(path, current))]
}

function isEnabled({ state }: OwnUnit): boolean {
  return isKnown(state) && state?.enabled === true
}

function isActive({ state }: OwnUnit): boolean {
  return isKnown(state) && state?.active === true
}

function word(unit: OwnUnit): string {
  if (!isKnown(unit.state)) return 'unknown'
  if (unit.state === null) return 'absent'
  const boot = isEnabled(unit) ? 'enabled' : 'disabled'
  return `${isActive(unit) ? 'running' : 'stopped'} and ${boot}`
}
