import { createRequire } from 'node:module'
import type { Shell } from 'zx/core'

const require = createRequire(import.meta.url)

const load = (): Shell => (require('zx/core') as { readonly $: Shell }).$

/**
 * zx's `$`, for work on the control node: `` await $`git rev-parse HEAD` ``. It runs where haq runs, also in check mode,
 * and never on a managed host; those are changed by tasks alone.
 *
 * @see https://google.github.io/zx
 */
export const $: Shell = new Proxy((() => undefined) as unknown as Shell, {
  // Loaded when it is first used, as most playbooks never do.
  apply: (_target, self, words) => Reflect.apply(load(), self, words) as unknown,
  get: (_target, key) => Reflect.get(load(), key) as unknown,
  set: (_target, key, value) => Reflect.set(load(), key, value),
})
