import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Fact } from '../../src/core/fact.ts'
import { addresses } from '../../src/facts/addresses.ts'
import { isPending } from '../../src/facts/pending.ts'
import { file, secretFile } from '../../src/facts/file.ts'
import { hostname, osRelease, userExists } from '../../src/facts/host.ts'
import { rabbit } from '../../modules/rabbitmq/facts/rabbit.ts'
import { resolvesTo } from '../../src/facts/resolve.ts'
import { sysctls } from '../../src/facts/sysctl.ts'

export const bytes = Buffer.from(Array.from({ length: 512 }, (_, i) => i % 256))

/** A tree with all kinds of things in it. */
export function plant(folder: string): void {
  writeFileSync(join(folder, 'empty'), '')
  writeFileSync(join(folder, "it's a file"), 'no line end')
  writeFileSync(join(folder, 'bytes'), bytes)
  writeFileSync(join(folder, 'large'), Buffer.alloc(1_048_577, 'x'))
  writeFileSync(join(folder, 'secret'), 'hunter2!', { mode: 0o400 })
  mkdirSync(join(folder, 'folder'), { mode: 0o700 })
  symlinkSync('bytes', join(folder, 'link'))
  symlinkSync('nowhere', join(folder, 'dangling'))
}

export const names = ['empty', "it's a file", 'bytes', 'large', 'folder', 'link', 'dangling', 'missing']
export const forwarding = 'net.ipv4.ip_forward'

/** The facts that any machine can answer. */
export const factsIn = (folder: string): readonly Fact<unknown>[] => [
  ...names.map(name => file(join(folder, name))),
  secretFile(join(folder, 'secret')),
  file('/dev/null'),
  addresses('lo'),
  addresses('no-such-if'),
  isPending('nothing-of-this-name'),
  hostname,
  osRelease,
  rabbit,
  resolvesTo('localhost'),
  resolvesTo('no-such-name.invalid'),
  sysctls([forwarding, 'net.ipv4.conf.no-such/if.arp_ignore', 'kernel.ostype']),
  userExists('root'),
  userExists('-no-such-user'),
]
