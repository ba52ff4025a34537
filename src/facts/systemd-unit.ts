import { absent, type Absent, type Fact, type Unknown } from '../core/fact.ts'
import { sh } from '../core/shell.ts'

/** A unit as systemd knows it. */
export interface UnitState {
  readonly active: boolean | Unknown
  /** Started at boot; `static` when other units pull it in and it can be neither enabled nor disabled. */
  readonly enabled: boolean | 'static' | Unknown
}

/** The state of a unit; absent where systemd has no such unit. @see systemctl(1) */
export function systemdUnit(name: string): Fact<UnitState | Absent> {
  return {
    key: `systemdUnit:${name}`,
    script: sh`systemctl show -p LoadState,ActiveState,UnitFileState -- ${name}`,
    parse: stdout => {
      const value = (key: string): string => new RegExp(`^${key}=(.*)$`, 'm').exec(stdout)?.[1] ?? ''
      if (!/^LoadState=/m.test(stdout)) throw new Error(`systemctl printed ${JSON.stringify(stdout)}`)
      if (value('LoadState') === 'not-found') return absent
      return {
        // A unit that is still starting is not active: to start it again waits for it.
        active: ['active', 'reloading'].includes(value('ActiveState')),
        enabled: value('UnitFileState') === 'static' ? 'static' : value('UnitFileState') === 'enabled',
      }
    },
  }
}
