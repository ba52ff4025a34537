import type { ByteString } from '../core/bytes.ts'
import type { ConnectError } from '../core/errors.ts'
import type { Batch } from '../core/fact.ts'
import { sh, type Script } from '../core/shell.ts'
import { newMark, type Frame } from './frames.ts'

/** The reading of a fact: its script, without the parser of the output. */
export interface Readable {
  readonly key: string
  readonly script: Script
  readonly waits?: boolean | undefined
  readonly batch?: Batch | undefined
}

/** A fact that is about to be read, and its caller that waits. */
export interface PendingRead extends Readable {
  /** The number of facts that it reads; 1 by default. */
  readonly count?: number | undefined
  readonly resolve: (frame: Frame) => void
  readonly reject: (error: ConnectError) => void
}

/**
 * Makes one script for facts that can be read together.
 * @param readAlone reads a fact by its own script, when the script for all of them failed
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

/** The parts of the output that end with the mark. */
function partsOf(stdout: ByteString, mark: string): readonly ByteString[] {
  return stdout.split(`\n${mark}\n`).slice(0, -1)
}
