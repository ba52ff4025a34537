import { defineModule, requirementsOf } from 'haq'
import { params } from './params.ts'
import { packageFacts, packagePlan, packageTitle } from './wanted.ts'

/**
 * Changes nothing. It fails with the reason for which `packages` with the same parameters would refuse a change, such as a
 * package on hold. Use it before the first task that stops something for an upgrade. With old package lists only the
 * upgrade itself can tell whether a newer version comes; a package on hold is then refused, too.
 *
 * @see apt-mark(8)
 *
 * @example
 * ```ts
 * packagesCanChange({ names: ['rabbitmq-server'], state: 'latest' })
 * ```
 */
export const packagesCanChange = defineModule({
  name: 'packagesCanChange',
  summary: 'Fail if packages could not be changed, as they are on hold',
  params,
  title: packageTitle,
  facts: packageFacts,
  plan: (wanted, facts) => requirementsOf(packagePlan(wanted, facts, true)),
})
