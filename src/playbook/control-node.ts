import { createRequire } from 'node:module'
import type { Shell } from 'zx/core'

const require = createRequire(import.meta.url)

const load = (): Shell => (require('zx/core') as { readonly $: Shell }).$

/**
 * zx's `$`, which runs commands on the control node: `` await $`git rev-parse HEAD` ``. The commands run in check mode,
 * too. They never run on a managed host: only tasks change hosts.
 *
 * @see https://google.github.io/zx
 */
export const $: Shell = new Proxy((() => undefined) as unknown as Shell, {
  // Loaded at the first use, because most playbooks never use it.
  apply: (_target, self, words) => Reflect.apply(load(), self, words) as unknown,
  get: (_target, key) => Reflect.get(load(), key) as unknown,
  set: (_target, key, value) => Reflect.set(load(), key, value),
})
