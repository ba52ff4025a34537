import { defineModule } from 'haq'
import { params } from './params.ts'
import { packageFacts, packagePlan, packageTitle } from './wanted.ts'

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
  title: packageTitle,
  facts: packageFacts,
  plan: (wanted, facts) => packagePlan(wanted, facts),
})
