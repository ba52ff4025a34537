import { match, strictEqual } from 'node:assert'
import { chmodSync, chownSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import { whyNotTrusted } from '../../src/loader/trusted-file.ts'
import { inFolder } from '../temp.ts'

test(
  'a file is trusted if nobody else could write or replace it',
  inFolder(async folder => {
    const path = join(folder, 'haq.config.ts')
    writeFileSync(path, '')
    strictEqual(whyNotTrusted(path), undefined)
    await Promise.resolve()
  }),
)

test(
  'a file is not trusted if others can write it, or can replace it in its folder',
  inFolder(async folder => {
    const inner = join(folder, 'shared')
    mkdirSync(inner)
    const path = join(inner, 'haq.config.ts')
    writeFileSync(path, '')
    chmodSync(path, 0o666)
    match(whyNotTrusted(path) ?? '', /^others may write .*haq\.config\.ts$/)
    chmodSync(path, 0o644)
    chmodSync(inner, 0o777)
    match(whyNotTrusted(path) ?? '', /^others may write the folder .*shared$/)
    chmodSync(inner, 0o1777)
    strictEqual(whyNotTrusted(path), undefined)
    // For a link the target is checked.
    const link = join(folder, 'link.ts')
    chmodSync(path, 0o666)
    symlinkSync(path, link)
    match(whyNotTrusted(link) ?? '', /^others may write /)
    if (process.getuid?.() === 0) {
      chmodSync(path, 0o644)
      chownSync(path, 65_534, 65_534)
      match(whyNotTrusted(path) ?? '', /belongs to user 65534$/)
    } else process.stdout.write('skipped: a file of another user: only root can make one\n')
    await Promise.resolve()
  }),
)

test.run()
