import { absent, type Absent, type Fact, type Unknown } from '../core/fact.ts'
import { sh, type Script } from '../core/shell.ts'

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

/**
 * What systemd says of a unit.
 * @param kind of the fact, which always asks for the same properties
 * @see systemctl(1), show
 */
export function unitProperties<T>(
  kind: string,
  unit: string,
  properties: readonly [string, ...string[]],
  parse: (value: (property: string) => string) => T,
): Fact<T> {
  const names = properties.join(',')
  return {
    key: `${kind}:${unit}`,
    script: sh`systemctl show -p ${names} -- ${unit} | sed ${asStopped}`,
    batch: { kind: 'unitProperties', item: `${names} ${unit}`, script: showUnits },
    parse: stdout => {
      const value = (property: string): string => new RegExp(`^${property}=(.*)$`, 'm').exec(stdout)?.[1] ?? ''
      if (value(properties[0]) === '') throw new Error(`systemctl printed ${JSON.stringify(stdout)}`)
      return parse(value)
    },
  }
}

/** What failed does not run, and so it is after it was started and stopped again: the words are made the same, too. */
const asStopped = 's/^ActiveState=failed$/ActiveState=inactive/'

/** Units in the order of the items, an empty line between two of them; of each one, what its item asks for. */
function showUnits(items: readonly string[], mark: string): Script {
  const asked = items.map(item => item.split(' ') as [names: string, unit: string])
  const all = [...new Set(asked.flatMap(([names]) => names.split(',')))]
  return sh`systemctl show -p ${all.join(',')} -- ${asked.map(([, unit]) => unit)} | sed ${asStopped} |
  awk -v wanted=${asked.map(([names]) => `,${names},`).join(' ')} -v mark=${mark} '
    BEGIN { RS = ""; FS = "\n"; split(wanted, names, " ") }
    {
      for (i = 1; i <= NF; i++) if (index(names[NR], "," substr($i, 1, index($i, "=") - 1) ",")) print $i
      printf "\n%s\n", mark
    }'`
}

/** The state of a unit; absent where systemd has no such unit. */
export function systemdUnit(name: string): Fact<UnitState | Absent> {
  return unitProperties('systemdUnit', name, ['LoadState', 'ActiveState', 'UnitFileState'], value => {
    if (value('LoadState') === 'not-found') return absent
    return {
      active: activeStates[value('ActiveState')] ?? false,
      enabled: staticStates.includes(value('UnitFileState')) ? 'static' : value('UnitFileState') === 'enabled',
    }
  })
}

/** Whether a unit's file was changed since systemd read it; false where systemd knows no such unit. */
export function unitIsStale(name: string): Fact<boolean> {
  return unitProperties('unitIsStale', name, ['NeedDaemonReload'], value => value('NeedDaemonReload') === 'yes')
}
