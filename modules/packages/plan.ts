import {
  absent,
  isKnown,
  predict,
  require,
  run,
  unknown,
  type Absent,
  type Plan,
  type Prediction,
  type Requirement,
  type Script,
  type Undo,
  type Unknown,
} from 'haq'
import { aptInstall, aptRemove } from './apt.ts'
import { dnfInstall, dnfRemove } from './dnf.ts'
import { candidates, packageLists, type Candidates } from './lists.ts'
import type { Manager } from './manager.ts'
import { isSamePackage, packageMarks, type PackageMarks } from './marks.ts'
import { isVersion, parseSpec, type PackageSpec } from './names.ts'
import type { Params } from './params.ts'
import { packageState, type PackageState } from './state.ts'

type Found = PackageState | Absent | Unknown

/** What the facts of the host say. */
export interface Seen {
  readonly state: (name: string) => Found
  readonly marks: PackageMarks | Unknown
  /** Packages on hold that an installation would have to change; not with `absent`. */
  readonly heldBack: readonly string[] | Unknown
  /** Whether a package on hold counts as changed where only a refresh of the lists can tell. */
  readonly foresees: boolean
  /** Only with `latest`. */
  readonly candidates: Candidates | Unknown
  /** Only with `absent`. */
  readonly dependents: readonly string[] | Unknown
}

/** The packages that are not in the wanted state. */
export function todo(params: Params, seen: Seen): readonly PackageSpec[] {
  return params.names.map(parseSpec).filter(spec => !isDone(spec, params, seen))
}

function isDone({ name, version }: PackageSpec, { state, purge }: Params, seen: Seen): boolean {
  const found = seen.state(name)
  if (!isKnown(found)) return false
  if (state === 'absent')
    return found === absent || found.status === 'provided' || (found.status === 'removed' && !purge)
  if (found === absent || isNew(found)) return false
  if (state === 'present') return version === undefined || (isKnown(found.version) && isVersion(found.version, version))
  const { candidates: offers } = seen
  return found.status === 'provided' || (isFresh(offers) && [undefined, found.version].includes(offerOf(name, offers)))
}

/** Whether the installation adds the package. Otherwise the package is already there, in some version. */
function isNew(found: PackageState | Absent): boolean {
  return found === absent || found.status === 'removed' || found.status === 'unfinished'
}

function isFresh(offers: Candidates | Unknown): offers is Candidates {
  return isKnown(offers) && offers.fresh
}

function offerOf(name: string, { versions }: Candidates): string | undefined {
  return versions[name] ?? versions[name.replace(/:.*/, '')]
}

/** Installs or upgrades packages in one transaction. */
export function installPlan(specs: readonly PackageSpec[], params: Params, seen: Seen, manager: Manager): Plan {
  const { names, state, cacheValidHours: hours, lockTimeout } = params
  const latest = state === 'latest'
  const { candidates: offers } = seen
  const targets = specs.map(({ name, version }) => ({
    name,
    version: version ?? (latest && isFresh(offers) ? offerOf(name, offers) : undefined),
  }))
  const news = specs.filter(({ name }) => isKnown(seen.state(name)) && isNew(seen.state(name) as PackageState | Absent))
  const there = specs.filter(spec => !news.includes(spec))
  const settings = { hours, mustRefresh: latest, lockTimeout }
  const script =
    manager === 'apt'
      ? aptInstall(wordsFor(manager, specs), settings)
      : dnfInstall(wordsFor(manager, latest ? news : specs), wordsFor(manager, latest ? there : []), settings)
  // Without a version, an installed package is never changed: only missing packages are installed.
  const onlyNew = there.every(({ name, version }) => !latest && version === undefined && !isKnown(seen.state(name)))
  return [
    ...refusesHeld(specs, params, seen, manager),
    run({
      script,
      change: {
        what: 'packages',
        from: describe(specs, seen) + (latest && !isFresh(offers) ? `, by package lists older than ${hours} h` : ''),
        to: targets.some(({ version }) => version !== undefined)
          ? targets.map(({ name, version = 'installed' }) => `${name} ${version}`).join(', ')
          : latest
            ? 'latest'
            : 'installed',
      },
      predicts: [
        // The order matters: facts that depend on the package lists become unknown first; then the known results are
        // predicted.
        predict(packageLists, unknown),
        predict(packageMarks, nothingUnfinished(seen)),
        ...kept(specs, params, seen),
        ...targets.map(({ name, version = unknown }) => predict(packageState(name), { status: 'installed', version })),
        ...(latest ? [predict(candidates(namesOf(names.map(parseSpec)), hours), { fresh: true, versions: {} })] : []),
      ],
      unsettles: onlyNew ? 'absent' : 'everything',
      undo: undoInstall(specs, news, { purge: false, lockTimeout }, manager),
    }),
  ]
}

function undoInstall(
  specs: readonly PackageSpec[],
  news: readonly PackageSpec[],
  settings: RemoveSettings,
  manager: Manager,
): Undo {
  if (news.length < specs.length) return { impossible: 'repositories seldom keep older versions of packages' }
  return {
    change: { what: 'packages', from: `${namesOf(specs).join(', ')} installed`, to: 'absent' },
    script: remove(specs, settings, manager),
  }
}

interface RemoveSettings {
  readonly purge: boolean
  readonly lockTimeout: number
}

/** Removes only the named packages, in one transaction. */
export function removePlan(specs: readonly PackageSpec[], params: Params, seen: Seen, manager: Manager): Plan {
  const { purge } = params
  const { dependents } = seen
  const others = isKnown(dependents) ? dependents.join(', ') : ''
  return [
    require('no other package needs the ones to remove', isKnown(dependents) ? others === '' : unknown, {
      otherwise: `other packages depend on ${namesOf(specs).join(', ')} and would be removed too: ${others}`,
      hint: 'to remove them too, add them to names',
    }),
    ...(manager === 'apt' ? refusesHeld(specs, params, seen, manager) : []),
    require('purge is used with apt only', !purge || manager === 'apt', {
      otherwise: 'rpm has no purge: leave purge out',
    }),
    run({
      script: remove(specs, params, manager),
      change: { what: 'packages', from: describe(specs, seen), to: purge ? 'purged' : 'absent' },
      predicts: [
        predict(packageMarks, nothingUnfinished(seen)),
        ...kept(specs, params, seen),
        ...specs.map(({ name }) => predict(packageState(name), leftBehind(seen.state(name), purge, manager))),
      ],
      unsettles: 'everything',
      undo: undoRemove(specs, params, seen, manager),
    }),
  ]
}

/** A hold is the operator's own word: the package manager refuses to change such a package, and so does the task. */
function refusesHeld(
  specs: readonly PackageSpec[],
  { state }: Params,
  { marks, heldBack, candidates: offers, ...seen }: Seen,
  manager: Manager,
): readonly Requirement[] {
  const isChanged = ({ name }: PackageSpec): boolean => {
    if (state !== 'latest' || seen.foresees) return true
    const found = seen.state(name)
    const offer = isKnown(offers) ? offerOf(name, offers) : undefined
    // By old lists, it may be that nothing newer comes.
    return !isKnown(found) || isNew(found) || (offer !== undefined && offer !== found?.version)
  }
  const held = isKnown(marks) ? marks.held : []
  const back = isKnown(heldBack) ? heldBack : []
  const isOn = (list: readonly string[], name: string): boolean => list.some(other => isSamePackage(name, other))
  const own = namesOf(specs.filter(spec => (isOn(held, spec.name) && isChanged(spec)) || isOn(back, spec.name)))
  const others = back.filter(name => !isOn(own, name))
  const are = ({ length }: readonly string[]): string => (length === 1 ? 'is' : 'are')
  if (own.length + others.length === 0) return []
  const all = [...own, ...others].join(' ')
  return [
    require('no package on hold would be changed', false, {
      otherwise: [
        ...(own.length > 0 ? [`${own.join(', ')} ${are(own)} on hold`] : []),
        ...(others.length > 0
          ? [
              `${namesOf(specs).join(', ')} can't be installed without a change of ${others.join(', ')}, which ${are(others)} on hold`,
            ]
          : []),
      ].join('; '),
      hint: `to allow the change: ${manager === 'apt' ? 'apt-mark unhold' : 'dnf versionlock delete'} ${all}`,
    }),
  ]
}

function nothingUnfinished({ marks }: Seen): PackageMarks | Unknown {
  return isKnown(marks) ? { ...marks, unfinished: [] } : unknown
}

/** The packages that already are in the wanted state. They stay so, whatever other facts the step makes unknown. */
function kept(specs: readonly PackageSpec[], { names }: Params, seen: Seen): readonly Prediction[] {
  return namesOf(names.map(parseSpec))
    .filter(name => !specs.some(spec => spec.name === name))
    .map(name => predict(packageState(name), seen.state(name)))
}

/** What is left of a removed package. apt keeps its configuration until the package is purged. */
function leftBehind(found: Found, purge: boolean, manager: Manager): PackageState | Absent {
  if (purge || manager === 'dnf' || found === absent) return absent
  return { status: 'removed', version: isKnown(found) ? found.version : unknown }
}

function undoRemove(
  specs: readonly PackageSpec[],
  { purge, cacheValidHours: hours, lockTimeout }: Params,
  seen: Seen,
  manager: Manager,
): Undo {
  if (purge) return { impossible: 'purged configuration and data are gone' }
  const versions = specs.map(({ name }) => {
    const found = seen.state(name)
    return isKnown(found) && found?.status === 'installed' && isKnown(found.version)
      ? [parseSpec(`${name}=${found.version}`)]
      : []
  })
  const before = versions.flat()
  if (before.length < specs.length) return { impossible: 'the previously installed versions are not known' }
  const settings = { hours, mustRefresh: false, lockTimeout }
  const words = wordsFor(manager, before)
  return {
    change: { what: 'packages', from: 'absent', to: describe(specs, seen) },
    script: manager === 'apt' ? aptInstall(words, settings) : dnfInstall(words, [], settings),
  }
}

function remove(specs: readonly PackageSpec[], { purge, lockTimeout }: RemoveSettings, manager: Manager): Script {
  const words = wordsFor(
    manager,
    specs.map(({ name }) => parseSpec(name)),
  )
  return manager === 'apt' ? aptRemove(words, purge, { lockTimeout }) : dnfRemove(words, { lockTimeout })
}

function namesOf(specs: readonly PackageSpec[]): readonly string[] {
  return specs.map(({ name }) => name)
}

/** The packages in the notation of the package manager. */
function wordsFor(manager: Manager, specs: readonly PackageSpec[]): readonly string[] {
  if (manager === 'apt') return specs.map(({ spec }) => spec)
  return specs.map(({ name, version }) => {
    const [base = name, arch] = name.split(':')
    return [version === undefined ? base : `${base}-${version}`, ...(arch === undefined ? [] : [arch])].join('.')
  })
}

/** The current state of each package, and the unfinished packages that dpkg will also configure. */
function describe(specs: readonly PackageSpec[], { state, marks }: Seen): string {
  const others = isKnown(marks) ? marks.unfinished.filter(name => !specs.some(spec => spec.name === name)) : []
  const rest = others.length > 0 ? `, and left half-way by an interrupted dpkg: ${others.join(', ')}` : ''
  return specs.map(({ name }) => `${name} ${describeState(state(name))}`).join(', ') + rest
}

function describeState(found: Found): string {
  if (!isKnown(found)) return 'unknown'
  if (found === absent) return 'absent'
  if (found.status === 'unfinished') return 'half installed'
  if (found.status === 'removed') return 'removed but for its configuration'
  return isKnown(found.version) ? found.version : 'installed'
}
