import { quoted } from '../core/bytes.ts'
import { absent, type Absent, type Fact, type Unknown } from '../core/fact.ts'
import { sh, type Script } from '../core/shell.ts'

/** A unit as systemd knows it. */
export interface UnitState {
  /** `changing` while it starts or stops; also between two attempts of a service that fails again and again. */
  readonly active: boolean | 'changing' | Unknown
  /** Started at boot; `static` when other units pull it in and it can be neither enabled nor disabled. */
  readonly enabled: boolean | 'static' | Unknown
  /** Somebody masked it: it can't be started, and it can't be enabled. */
  readonly masked?: true
  /** It does its work and ends: it does not stay running. */
  readonly oneshot?: true
}

/** Every word of ActiveState. @see systemctl(1) and org.freedesktop.systemd1(5) */
const activeStates: Readonly<Record<string, boolean | 'changing'>> = {
  active: true,
  reloading: true,
  refreshing: true,
  inactive: false,
  failed: false,
  activating: 'changing',
  deactivating: 'changing',
  maintenance: 'changing',
}

/** Every word of UnitFileState that says whether a unit starts at boot; what is said for this boot alone does not count. */
const enabledStates: Readonly<Record<string, boolean | 'static'>> = {
  enabled: true,
  'enabled-runtime': false,
  linked: false,
  'linked-runtime': false,
  alias: 'static',
  masked: false,
  'masked-runtime': false,
  static: 'static',
  indirect: 'static',
  disabled: false,
  transient: 'static',
  // A unit without a file, as a mount that somebody made by hand.
  '': 'static',
}

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
    // Not in a pipe alone, which would hide why systemctl can't answer.
    script: sh`found=$(systemctl show -p ${names} -- ${unit}) || exit 1
printf '%s\n' "$found" | awk ${`BEGIN { RS = ""; FS = "\\n" } { for (i = 1; i <= NF; i++) { ${tidy}; print $i } }`}`,
    batch: { kind: 'unitProperties', item: `${names} ${unit}`, script: showUnits },
    parse: stdout => {
      const value = (property: string): string => new RegExp(`^${property}=(.*)$`, 'm').exec(stdout)?.[1] ?? ''
      if (value(properties[0]) === '') throw new Error(`systemctl printed ${quoted(stdout)}`)
      return parse(value)
    },
  }
}

/**
 * Makes the words the same that mean the same, for awk, which has a property in `$i`: what failed does not run, and so it
 * is after it was started and stopped again; and by whom a unit is wanted is asked only of one that systemd made itself,
 * as of an init script, where it tells whether the unit starts at boot.
 */
const tidy = `if ($i == "ActiveState=failed") $i = "ActiveState=inactive"
if ($i ~ /^(WantedBy|RequiredBy)=/) {
  if ($0 !~ /UnitFileState=generated/) continue
  sub(/=.+/, "=some", $i)
}`

/**
 * Units in the order of the items, an empty line between two of them; of each one, what its item asks for. awk reads
 * from its standard input how an item ends.
 */
function showUnits(items: readonly string[], end: Script): Script {
  const asked = items.map(item => item.split(' ') as [names: string, unit: string])
  const all = [...new Set(asked.flatMap(([names]) => names.split(',')))]
  return sh`found=$(systemctl show -p ${all.join(',')} -- ${asked.map(([, unit]) => unit)}) || exit 1
{ ${end}; printf '\n%s\n' "$found"; } | awk -v wanted=${asked.map(([names]) => `,${names},`).join(' ')} ${`
    BEGIN { RS = ""; FS = "\\n"; split(wanted, names, " ") }
    NR == 1 { end = $0; next }
    {
      for (i = 1; i <= NF; i++) {
        ${tidy}
        if (index(names[NR - 1], "," substr($i, 1, index($i, "=") - 1) ",")) print $i
      }
      printf "\\n%s\\n", end
    }`}`
}

const unitStateProperties = [
  'LoadState',
  'ActiveState',
  'UnitFileState',
  'Type',
  'RemainAfterExit',
  'WantedBy',
  'RequiredBy',
] as const

/** The state of a unit; absent where systemd has no such unit. A word of systemd that is not known is an error. */
export function systemdUnit(name: string): Fact<UnitState | Absent> {
  return unitProperties('systemdUnit', name, unitStateProperties, value => {
    const load = value('LoadState')
    if (load === 'not-found') return absent
    if (load !== 'loaded' && load !== 'masked') throw new Error(`systemd can't load it: LoadState is ${load}`)
    const file = value('UnitFileState')
    const isWanted = value('WantedBy') !== '' || value('RequiredBy') !== ''
    return {
      active: wordOf(activeStates, 'ActiveState', value('ActiveState')),
      enabled: file === 'generated' ? isWanted : wordOf(enabledStates, 'UnitFileState', file),
      ...((load === 'masked' || file.startsWith('masked')) && { masked: true }),
      ...(value('Type') === 'oneshot' && value('RemainAfterExit') === 'no' && { oneshot: true }),
    }
  })
}

function wordOf<T>(words: Readonly<Record<string, T>>, property: string, word: string): T {
  const meaning = Object.hasOwn(words, word) ? words[word] : undefined
  if (meaning === undefined) throw new Error(`${property} is ${quoted(word)}, which haq does not know`)
  return meaning
}

/** Whether a unit's file was changed since systemd read it; false where systemd knows no such unit. */
export function unitIsStale(name: string): Fact<boolean> {
  return unitProperties('unitIsStale', name, ['NeedDaemonReload'], value => value('NeedDaemonReload') === 'yes')
}
