import { defineModule, isKnown, osRelease, require, unknown, type Fact, type OsRelease, type Unknown } from 'haq'
import { dependents } from './dependents.ts'
import { heldBack } from './held-back.ts'
import { candidates, type Candidates } from './lists.ts'
import { managerOf } from './manager.ts'
import { packageMarks, type PackageMarks } from './marks.ts'
import { parseSpec } from './names.ts'
import { params } from './params.ts'
import { installPlan, removePlan, todo, type Seen } from './plan.ts'
import { packageState } from './state.ts'

const factOf = (name: string): string => `package ${name}`

/**
 * Manages packages of the distribution with apt, dnf or yum. All names are changed in one transaction. The package
 * manager asks no questions. apt keeps configuration files that the operator has edited. Only named packages are
 * removed: if other packages would have to be removed too, the task fails and names them. Services that use an
 * upgraded library are not restarted.
 *
 * A virtual package counts as present if an installed package provides it. A package that an interrupted dpkg left
 * half-configured counts as not installed; dpkg finishes it first. If another process holds the package manager's
 * lock, the task waits. Before an installation, the package lists are refreshed if they are missing, older than
 * `cacheValidHours`, or do not contain the package. If the refresh fails, the installation continues with the existing
 * lists, except with `latest`.
 *
 * A package on hold (`apt-mark hold`, dnf's versionlock) is left as it is: a task that would have to change it fails and
 * names it, in check mode too.
 *
 * @see apt-get(8), dpkg(1), dnf(8)
 *
 * @example
 * ```ts
 * packages({ names: ['rabbitmq-server', 'keepalived'] })
 * ```
 */
export const packages = defineModule({
  name: 'packages',
  summary: 'Install or remove packages with apt or dnf',
  params,
  facts: ({ names, state, cacheValidHours }): Record<string, Fact<unknown>> => {
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
  },
  title: ({ names }) =>
    names.length > 4 ? `${names.slice(0, 3).join(', ')} and ${names.length - 3} more` : names.join(', '),
  plan: (wanted, facts) => {
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
  },
})
