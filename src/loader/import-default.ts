import { createRequire } from 'node:module'
import type * as jiti from 'jiti'
import { cacheFolder, removeOld } from './cache-folder.ts'

/** Days after which compiled playbooks are removed from the cache. Each edit of a playbook leaves an old version. */
const keptDays = 30

/**
 * Imports the default export of a TypeScript or JavaScript file. The file's imports of `haq` and `zod` get the running
 * instances. So the playbook and the CLI use the same classes for secrets and tasks, and a playbook's folder needs no
 * packages.
 * @throws the error that the file throws, or jiti's error when the file can't be compiled
 */
export async function importDefault(file: string): Promise<unknown> {
  const [{ createJiti }, haq, modules, zod] = await Promise.all([
    import('jiti'),
    import('../authoring.ts'),
    import('../../modules/index.ts'),
    import('zod'),
  ])
  const cache = cacheFolder('playbooks')
  let unswept = cache
  const jiti = createJiti(import.meta.url, {
    interopDefault: true,
    virtualModules: { haq, 'haq/modules': modules, zod },
    // jiti's default may be a folder that others can write to, and code is run from it.
    fsCache: cache ?? false,
    transform: options => {
      // Old files are removed here, because a start that compiles is slow anyway.
      if (unswept !== undefined) removeOld(unswept, keptDays)
      unswept = undefined
      return compile(options)
    },
  })
  return jiti.import(file, { default: true })
}

type Compile = NonNullable<jiti.JitiOptions['transform']>

/** Compiles with jiti's compiler, which is loaded from outside of the bundle, because it is large and rarely needed. */
const compile: Compile = options => {
  const { createJiti } = createRequire(import.meta.url)('jiti') as typeof jiti
  return { code: createJiti(import.meta.url, { fsCache: false }).transform(options) }
}
