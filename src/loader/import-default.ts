import { createRequire } from 'node:module'
import type * as jiti from 'jiti'
import { cacheFolder, removeOld } from './cache-folder.ts'

/** After which what was compiled of a playbook is compiled again. Each edit leaves the version before it behind. */
const keptDays = 30

/**
 * Imports the default export of a TypeScript or JavaScript file. Its imports of haq, and of the zod
 * in which its variables are written, get those that are running: a playbook and the CLI never disagree on what a secret
 * or a task is, and a playbook may stand in a folder that has no packages of its own.
 * @throws whatever the file throws, and what jiti says of a file that can't be compiled
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
    // jiti's own choice may be a folder that others can write to, and what stands there is run.
    fsCache: cache ?? false,
    transform: options => {
      // A start that has to compile is slow anyway.
      if (unswept !== undefined) removeOld(unswept, keptDays)
      unswept = undefined
      return compile(options)
    },
  })
  return jiti.import(file, { default: true })
}

type Compile = NonNullable<jiti.JitiOptions['transform']>

/** Compiles as jiti does by itself; but haq may be one file, and jiti's compiler, rarely needed and big, stays outside of it. */
const compile: Compile = options => {
  const { createJiti } = createRequire(import.meta.url)('jiti') as typeof jiti
  return { code: createJiti(import.meta.url, { fsCache: false }).transform(options) }
}
