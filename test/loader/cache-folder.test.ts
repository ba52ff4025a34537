import { deepStrictEqual, ok, strictEqual } from 'node:assert'
import { chmod, chown, mkdir, readdir, rename, stat, symlink, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'uvu'
import { cacheFolder } from '../../src/loader/cache-folder.ts'
import { importDefault } from '../../src/loader/import-default.ts'
import { inCache } from './in-cache.ts'

test(
  'only the user has access to the cache',
  inCache(async cache => {
    strictEqual(cacheFolder('code'), join(cache, 'haq/code'))
    for (const folder of ['haq', 'haq/code']) strictEqual((await stat(join(cache, folder))).mode & 0o777, 0o700)
    strictEqual(cacheFolder('code'), join(cache, 'haq/code'))
  }),
)

/** Things that other users may have put in the place of the cache. */
const planted: Readonly<Record<string, (own: string) => Promise<unknown>>> = {
  'a folder that others can write to': own => chmod(own, 0o777),
  'a link': async own => {
    await rename(own, `${own}-elsewhere`)
    await symlink(`${own}-elsewhere`, own)
  },
  'a file': async own => {
    await rename(own, `${own}-elsewhere`)
    await writeFile(own, '')
  },
  // Only root can change the owner of a folder.
  ...(process.getuid?.() === 0 && { "somebody else's folder": (own: string) => chown(own, 65_534, 65_534) }),
}

for (const [what, plant] of Object.entries(planted))
  for (const place of ['haq', 'haq/playbooks'])
    test(
      `${what} as ${place} is not used as a cache, and is no error`,
      inCache(async cache => {
        await mkdir(join(cache, 'haq/playbooks'), { recursive: true, mode: 0o700 })
        await plant(join(cache, place))
        strictEqual(cacheFolder('playbooks'), undefined)
        await writeFile(join(cache, 'one.ts'), 'export default 1 as number')
        strictEqual(await importDefault(join(cache, 'one.ts')), 1)
        ok(!(await readdir(cache, { recursive: true })).some(name => name.endsWith('.mjs')), 'something was written')
      }),
    )

test(
  'a home in which no folder can be made is no error',
  inCache(async cache => {
    await writeFile(join(cache, 'file'), '')
    process.env['XDG_CACHE_HOME'] = join(cache, 'file')
    strictEqual(cacheFolder('playbooks'), undefined)
  }),
)

test(
  'a compiled playbook is kept in the cache',
  inCache(async cache => {
    const file = join(cache, 'one.ts')
    await writeFile(file, 'export default 1 as number')
    strictEqual(await importDefault(file), 1)
    strictEqual((await readdir(join(cache, 'haq/playbooks'))).length, 1)
  }),
)

test(
  'code that was compiled a month ago is removed when something else is compiled',
  inCache(async cache => {
    const compiled = async (name: string): Promise<readonly string[]> => {
      await writeFile(join(cache, name), 'export default 1 as number')
      await importDefault(join(cache, name))
      return readdir(join(cache, 'haq/playbooks'))
    }
    const [old = ''] = await compiled('old.ts')
    const [young = ''] = (await compiled('young.ts')).filter(name => name !== old)
    const monthAgo = Date.now() / 1000 - 31 * 24 * 60 * 60
    await utimes(join(cache, 'haq/playbooks', old), monthAgo, monthAgo)
    const kept = await compiled('other.ts')
    deepStrictEqual([kept.length, kept.includes(old), kept.includes(young)], [2, false, true])
  }),
)

test.run()
