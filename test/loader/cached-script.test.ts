import { deepStrictEqual, ok, strictEqual } from 'node:assert'
import { chmod, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'uvu'
import { loadScript } from '../../src/loader/cached-script.ts'
import { inCache } from './in-cache.ts'

const text = (value: number, version: string): string =>
  `module.exports = { value: ${value}, path: require('node:path').basename(__filename) }\n//${version}\n`

test(
  'compiled code is kept once per part and version, for its user only, and is replaced when V8 rejects it',
  inCache(async cache => {
    const script = join(cache, 'one.cjs')
    const code = join(cache, 'haq/code')
    await writeFile(script, text(1, 'first'))
    const first = loadScript(script, 'run')
    deepStrictEqual(first.exports, { value: 1, path: 'one.cjs' })
    deepStrictEqual(await readdir(code), [], 'nothing is kept before it is asked for')
    first.keep()
    const [name = ''] = await readdir(code)
    const compiled = await readFile(join(code, name))

    await writeFile(script, text(2, 'other'))
    const otherCode = join(code, name.replace('first', 'other'))
    await writeFile(otherCode, 'broken')
    const other = loadScript(script, 'run')
    deepStrictEqual(other.exports, { value: 2, path: 'one.cjs' }, 'of the same length, and not the same')
    other.keep()
    strictEqual((await readdir(code)).length, 2)
    ok((await readFile(otherCode)).length > compiled.length / 2, 'what V8 refused is replaced')
  }),
)

test(
  'damaged code is not run, and is replaced',
  inCache(async cache => {
    const script = join(cache, 'one.cjs')
    const code = join(cache, 'haq/code')
    await writeFile(script, text(1, 'first'))
    loadScript(script, 'run').keep()
    const [name = ''] = await readdir(code)
    const whole = await readFile(join(code, name))
    for (const at of [0, 5, whole.length >> 1, whole.length - 1]) {
      const damaged = Buffer.from(whole)
      damaged.writeUInt8(damaged.readUInt8(at) ^ 0xff, at)
      await writeFile(join(code, name), damaged)
      const { exports, keep } = loadScript(script, 'run')
      deepStrictEqual(exports, { value: 1, path: 'one.cjs' })
      deepStrictEqual(await readdir(code), [], `byte ${at}`)
      keep()
      deepStrictEqual((await readdir(code)).length, 1)
    }
    for (const size of [0, 3, whole.length - 1]) {
      await writeFile(join(code, name), whole.subarray(0, size))
      deepStrictEqual(loadScript(script, 'run').exports, { value: 1, path: 'one.cjs' })
      deepStrictEqual(await readdir(code), [], `${size} bytes`)
    }
  }),
)

test(
  'existing code is not written again, and a folder that others can write to is not used',
  inCache(async cache => {
    const script = join(cache, 'one.cjs')
    const code = join(cache, 'haq/code')
    await mkdir(code, { recursive: true, mode: 0o700 })
    await writeFile(script, text(1, 'first'))
    loadScript(script, 'run').keep()
    const [name = ''] = await readdir(code)
    await chmod(join(code, name), 0o400)
    const { keep } = loadScript(script, 'run')
    keep()
    strictEqual((await stat(join(code, name))).mode & 0o777, 0o400)
    await chmod(code, 0o777)
    loadScript(script, 'doc').keep()
    strictEqual((await readdir(code)).length, 1)
  }),
)

test.run()
