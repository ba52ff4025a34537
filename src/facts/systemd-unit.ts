import { quoted } from '../core/bytes.ts'
import { absent, type Absent, type Fact, type Unknown } from '../core/fact.ts'
import type { ByteString } from '../core/bytes.ts'
import { sh, type Script } from '../core/shell.ts'

/** Why `systemctl enable` and `disable` do nothing for a unit: systemd's own words, `no file` where it says nothing. */
export type NotEnableable = 'static' | 'indirect' | 'alias' | 'transient' | 'no file'

/** A unit as systemd knows it. */
export interface UnitState {
  /** `changing` while it starts or stops; also between two attempts of a service that fails again and again. */
  readonly active: boolean | 'changing' | Unknown
  /** Whether it is enabled, and so starts at boot; or the reason why it can be neither enabled nor disabled. */
  readonly enabled: boolean | NotEnableable | Unknown
  /** It can't be enabled, but other units want it, and may start it at boot. */
  readonly wanted?: true
  /** Somebody masked it: it can't be started, and it can't be enabled. */
  readonly masked?: true
  /** It does its work and ends: it does not stay running. */
  readonly oneshot?: true
  /** systemd does not run on this host, as in an image or a container: units can be enabled, and nothing is started. */
  readonly offline?: true
  /** Drop-ins for this unit, which may change anything that its unit file says; those for all units are left out. */
  readonly dropIns?: readonly string[]
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
const enabledStates: Readonly<Record<string, boolean | NotEnableable>> = {
  enabled: true,
  'enabled-runtime': false,
  linked: false,
  'linked-runtime': false,
  alias: 'alias',
  masked: false,
  'masked-runtime': false,
  static: 'static',
  indirect: 'indirect',
  disabled: false,
  transient: 'transient',
  // A unit without a file, as a mount that somebody made by hand.
  '': 'no file',
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
    script: sh`${showFunction}
found=$(show ${names} ${unit}) || exit 1
printf '%s\n' "$found" | awk ${`BEGIN { RS = ""; FS = "\\n" } { for (i = 1; i <= NF; i++) { ${tidy}; print $i } }`}`,
    batch: { kind: 'unitProperties', item: `${names} ${unit}`, script: showUnits },
    parse: stdout => {
      const value = (property: string): string => new RegExp(`^${property}=(.*)$`, 'm').exec(stdout)?.[1] ?? ''
      if (isOffline(stdout) && !properties.includes('UnitFileState'))
        throw new Error('systemd does not run on this host')
      if (value(properties[0]) === '') throw new Error(`systemctl printed ${quoted(stdout)}`)
      return parse(value)
    },
  }
}

/**
 * Defines `show`, which prints properties of units as `systemctl show` does. Where systemd does not run, as in an image
 * or a container, the unit files alone say whether a unit is enabled; there it prints what they say, and `Offline=yes`.
 * @see systemctl(1), is-enabled; sd_booted(3)
 */
const showFunction = sh`show() {
  if [ -d /run/systemd/system ]; then
    names=$1
    shift
    systemctl show -p "$names" -- "$@"
    return
  fi
  shift
  for unit in "$@"; do
    word=$(systemctl is-enabled -- "$unit" 2>&1) || :
    case $word in
    *"No such file"* | not-found) echo LoadState=not-found ;;
    *[!a-z-]* | '') printf '%s\n' "$word" >&2; return 1 ;;
    masked*) echo LoadState=masked; echo "UnitFileState=$word" ;;
    *) echo LoadState=loaded; echo "UnitFileState=$word" ;;
    esac
    echo ActiveState=inactive
    echo Offline=yes
    echo
  done
}`

function isOffline(stdout: ByteString): boolean {
  return /^Offline=yes$/m.test(stdout)
}

/**
 * Gives the same words to what means the same, for awk, which has a property in `$i`. A failed unit does not run: it is
 * stopped. Which units want a unit is only of interest where `systemctl enable` has no say: for a unit that systemd made
 * from an init script, and for one that can't be enabled.
 */
const tidy = `if ($i == "ActiveState=failed") $i = "ActiveState=inactive"
if ($i ~ /^(WantedBy|RequiredBy)=/) {
  if ($0 ~ /UnitFileState=(enabled|disabled|linked|masked)/) continue
  sub(/=.+/, "=some", $i)
}`

/**
 * Units in the order of the items, an empty line between two of them; of each one, what its item asks for. awk reads
 * from its standard input how an item ends.
 */
function showUnits(items: readonly string[], end: Script): Script {
  const asked = items.map(item => item.split(' ') as [names: string, unit: string])
  const all = [...new Set(asked.flatMap(([names]) => names.split(',')))]
  return sh`${showFunction}
found=$(show ${all.join(',')} ${asked.map(([, unit]) => unit)}) || exit 1
{ ${end}; printf '\n%s\n' "$found"; } | awk -v wanted=${asked.map(([names]) => `,${names},`).join(' ')} ${`
    BEGIN { RS = ""; FS = "\\n"; split(wanted, names, " ") }
    NR == 1 { end = $0; next }
    {
      for (i = 1; i <= NF; i++) {
        ${tidy}
        if ($i == "Offline=yes" || index(names[NR - 1], "," substr($i, 1, index($i, "=") - 1) ",")) print $i
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
  'DropInPaths',
  'Offline',
] as const

/** The state of a unit; absent where systemd has no such unit. A word of systemd that is not known is an error. */
export function systemdUnit(name: string): Fact<UnitState | Absent> {
  return unitProperties('systemdUnit', name, unitStateProperties, value => {
    const load = value('LoadState')
    if (load === 'not-found') return absent
    if (load !== 'loaded' && load !== 'masked') throw new Error(`systemd can't load it: LoadState is ${load}`)
    const file = value('UnitFileState')
    const isWanted = value('WantedBy') !== '' || value('RequiredBy') !== ''
    const enabled = file === 'generated' ? isWanted : wordOf(enabledStates, 'UnitFileState', file)
    // A folder such as service.d is for all units of its type; containers have one.
    const dropIns = value('DropInPaths')
      .split(' ')
      .filter(path => path !== '' && !/\/[a-z]+\.d\/[^/]*$/.test(path))
    return {
      active: wordOf(activeStates, 'ActiveState', value('ActiveState')),
      enabled,
      ...(typeof enabled === 'string' && isWanted && { wanted: true }),
      ...((load === 'masked' || file.startsWith('masked')) && { masked: true }),
      ...(value('Offline') === 'yes' && { offline: true }),
      ...(dropIns.length > 0 && { dropIns }),
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
