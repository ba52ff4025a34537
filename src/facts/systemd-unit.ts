import { absent, type Absent, type Fact, type Unknown } from '../core/fact.ts'
import { sh } from '../core/shell.ts'

/** A unit as systemd knows it. */
export interface UnitState {
  /** `changing` while it starts or stops; also between two attempts of a service that fails again and again. */
  readonly active: boolean | 'changing' | Unknown
  /** Started at boot; `static` when other units pull it in and it can be neither enabled nor disabled. */
  readonly enabled: boolean | 'static' | Unknown
}

const activeStates: Readonly<Record<string, true | 'changing'>> = {
  active: true,
  reloading: true,
  refreshing: true,
  activating: 'changing',
  deactivating: 'changing',
}

/** What `systemctl enable` and `disable` leave as it is. */
const staticStates: readonly string[] = ['static', 'indirect']

/** The state of a unit; absent where systemd has no such unit. @see systemctl(1) */
export function systemdUnit(name: string): Fact<UnitState | Absent> {
  return {
    key: `systemdUnit:${name}`,
    // What failed does not run, and so it is after it was started and stopped again: the words are made the same, too.
    script: sh`systemctl show -p LoadState,ActiveState,UnitFileState -- ${name} | sed 's/^ActiveState=failed$/ActiveState=inactive/'`,
    parse: stdout => {
      const value = (key: string): string => new RegExp(`^${key}=(.*)$`, 'm').exec(stdout)?.[1] ?? ''
      if (!/^LoadState=/m.test(stdout)) throw new Error(`systemctl printed ${JSON.stringify(stdout)}`)
      if (value('LoadState') === 'not-found') return absent
      return {
        active: activeStates[value('ActiveState')] ?? false,
        enabled: staticStates.includes(value('UnitFileState')) ? 'static' : value('UnitFileState') === 'enabled',
      }
    },
  }
}

/** Whether a unit's file was changed since systemd read it; false where systemd knows no such unit. @see systemctl(1) */
export function unitIsStale(name: string): Fact<boolean> {
  return {
    key: `unitIsStale:${name}`,
    script: sh`systemctl show -p NeedDaemonReload --value -- ${name}`,
    parse: stdout => stdout.trim() === 'yes',
  }
}
