import { isKnown, osRelease, require, unknown, type Fact, type OsRelease, type Plan, type Unknown } from 'haq'
import { dependents } from './dependents.ts'
import { heldBack } from './held-back.ts'
import { candidates, type Candidates } from './lists.ts'
import { managerOf } from './manager.ts'
import { packageMarks, type PackageMarks } from './marks.ts'
import { parseSpec } from './names.ts'
import type { Params } from './params.ts'
import { installPlan, removePlan, todo, type Seen } from './plan.ts'
import { packageState } from './state.ts'

const factOf = (name: string): string => `package ${name}`

/** What must be read on a host for wanted packages. */
export function packageFacts({ names, state, cacheValidHours }: Params): Record<string, Fact<unknown>> {
  const specs = names.map(parseSpec)
  const plain = specs.map(({ name }) => name)
  return {
    os: osRelease,
    marks: packageMarks,
    ...Object.fromEntries(plain.map(name => [factOf(name), packageState(name)])),
    ...(state === 'latest' && { candidates: candidates(plain, cacheValidHours) }),
    ...(state === 'absent' && { dependents: dependents(plain) }),
    ...(state !== 'absent' && { heldBack: heldBack(specs, state === 'latest') }),
  }
}

export function packageTitle({ names }: Params): string {
  return names.length > 4 ? `${names.slice(0, 3).join(', ')} and ${names.length - 3} more` : names.join(', ')
}

/**
 * What must be done for wanted packages.
 * @param foresees whether a package on hold is refused, too, where only a refresh of the lists can tell that it changes
 */
export function packagePlan(wanted: Params, facts: Readonly<Record<string, unknown>>, foresees = false): Plan {
  const os = facts['os'] as OsRelease | Unknown
  const manager = isKnown(os) ? managerOf(os) : unknown
  const supported = require('the distribution installs packages by apt or dnf', isKnown(manager)
    ? manager !== undefined
    : unknown, {
    otherwise: `${isKnown(os) ? os.id || 'this system' : ''} is not a Debian or Fedora family distribution`,
  })
  if (manager === undefined) return [supported]
  const seen: Seen = {
    state: name => facts[factOf(name)] as ReturnType<Seen['state']>,
    marks: facts['marks'] as PackageMarks | Unknown,
    foresees,
    heldBack: (facts['heldBack'] ?? unknown) as Seen['heldBack'],
    candidates: (facts['candidates'] ?? unknown) as Candidates | Unknown,
    dependents: (facts['dependents'] ?? unknown) as Seen['dependents'],
  }
  const specs = todo(wanted, seen)
  if (specs.length === 0) return []
  // The package manager is unknown only in check mode, where no script of the plan is run.
  const by = isKnown(manager) ? manager : 'apt'
  const steps = wanted.state === 'absent' ? removePlan : installPlan
  const isRoot = require('haq is root on the host', isKnown(seen.marks) ? seen.marks.root : unknown, {
    otherwise: 'only root can change packages',
    hint: 'become root with -b',
  })
  return [supported, isRoot, ...steps(specs, wanted, seen, by)]
}
