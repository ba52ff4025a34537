import type { ByteString } from '../core/bytes.ts'
import type { ConnectError } from '../core/errors.ts'
import type { Batch } from '../core/fact.ts'
import { sh, type Script } from '../core/shell.ts'
import { newMark, type Frame } from './frames.ts'

/** What is to be read on a host: a fact, but for what its output means. */
export interface Readable {
  readonly key: string
  readonly script: Script
  readonly waits?: boolean | undefined
  readonly batch?: Batch | undefined
}

/** Something that is about to be read, and who waits for it. */
export interface PendingRead extends Readable {
  /** How many things it reads, where that is not one. */
  readonly count?: number | undefined
  readonly resolve: (frame: Frame) => void
  readonly reject: (error: ConnectError) => void
}

/**
 * Makes one script of those that can be read together.
 * @param readAlone reads one by its own script, where the one for all of them did not do
 */
export function batchReads(
  reads: readonly PendingRead[],
  readAlone: (read: PendingRead) => void,
): readonly PendingRead[] {
  const kinds = new Map<unknown, PendingRead[]>()
  for (const read of reads) {
    const kind = read.batch?.kind ?? read
    const alike = kinds.get(kind)
    if (alike) alike.push(read)
    else kinds.set(kind, [read])
  }
  return [...kinds.values()].map(alike => {
    const [first, ...others] = alike as [PendingRead, ...PendingRead[]]
    return first.batch && others.length > 0 ? oneFor(alike, first.batch, readAlone) : first
  })
}

function oneFor(reads: readonly PendingRead[], { script }: Batch, readAlone: (read: PendingRead) => void): PendingRead {
  const mark = newMark()
  const items = reads.map(({ batch }) => batch?.item ?? '')
  return {
    key: reads.map(({ key }) => key).join(', '),
    count: reads.length,
    script: script(items, sh`printf '\n%s\n' ${mark}`),
    resolve: ({ status, stdout }) => {
      const parts = status === 0 ? partsOf(stdout, mark) : []
      if (parts.length !== reads.length) reads.forEach(readAlone)
      else reads.forEach(({ resolve }, i) => resolve({ status, stdout: parts[i] ?? '', stderr: '' }))
    },
    reject: error => {
      for (const { reject } of reads) reject(error)
    },
  }
}

/** What stands before each mark. */
function partsOf(stdout: ByteString, mark: string): readonly ByteString[] {
  return stdout.split(`\n${mark}\n`).slice(0, -1)
}
