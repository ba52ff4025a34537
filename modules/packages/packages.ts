import { defineModule, isKnown, osRelease, require, unknown, type Fact, type OsRelease, type Unknown } from 'haq'
import { dependents } from './dependents.ts'
import { candidates, type Candidates } from './lists.ts'
import { managerOf } from './manager.ts'
import { parseSpec } from './names.ts'
import { params } from './params.ts'
import { installPlan, removePlan, todo, type Seen } from './plan.ts'
import { packageState, unfinishedPackages } from './state.ts'

const factOf = (name: string): string => `package ${name}`

/**
 * Packages of the host's distribution, by apt or dnf (yum where there is no dnf), all names in one transaction. Nothing
 * is asked: apt keeps the operator's own configuration files. Nothing is removed that is not named: where other
 * packages would have to go, the task fails and names them. Services that use a new library are not restarted.
 *
 * A virtual package is present when a package that provides it is. What an interrupted dpkg left half-way counts as not
 * installed, and is finished first. A lock that another process holds is waited for. Package lists are refreshed before
 * an install when they are missing, older than `cacheValidHours`, or don't know the package; if that fails, the install
 * goes on with the lists at hand, but for `latest`.
 *
 * @see apt-get(8), dpkg(1), dnf(8)
 */
export const packages = defineModule({
  name: 'packages',
  summary: 'Install or remove packages with apt or dnf',
  params,
  facts: ({ names, state, cacheValidHours }): Record<string, Fact<unknown>> => {
    const plain = names.map(spec => parseSpec(spec).name)
    return {
      os: osRelease,
      unfinished: unfinishedPackages,
      ...Object.fromEntries(plain.map(name => [factOf(name), packageState(name)])),
      ...(state === 'latest' && { candidates: candidates(plain, cacheValidHours) }),
      ...(state === 'absent' && { dependents: dependents(plain) }),
    }
  },
  title: ({ names }) =>
    names.length > 4 ? `${names.slice(0, 3).join(', ')} and ${names.length - 3} more` : names.join(', '),
  plan: (wanted, facts) => {
    const os = facts['os'] as OsRelease | Unknown
    const manager = isKnown(os) ? managerOf(os) : unknown
    const supported = require('the distribution installs packages by apt or dnf', isKnown(manager)
      ? manager !== undefined
      : unknown, {
      otherwise: `${isKnown(os) ? os.id || 'this system' : ''} belongs neither to Debian's nor to Fedora's family`,
    })
    if (manager === undefined) return [supported]
    const seen: Seen = {
      state: name => facts[factOf(name)] as ReturnType<Seen['state']>,
      unfinished: facts['unfinished'] as Seen['unfinished'],
      candidates: (facts['candidates'] ?? unknown) as Candidates | Unknown,
      dependents: (facts['dependents'] ?? unknown) as Seen['dependents'],
    }
    const specs = todo(wanted, seen)
    if (specs.length === 0) return []
    // Only check mode meets a system that it can't know yet; of its plan no script is run.
    const by = isKnown(manager) ? manager : 'apt'
    const steps = wanted.state === 'absent' ? removePlan : installPlan
    return [supported, ...steps(specs, wanted, seen, by)]
  },
})
