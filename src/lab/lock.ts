import { mkdir } from 'node:fs/promises'
import { execa } from 'execa'
import { LabError } from '../core/errors.ts'
import type { Progress } from './types.ts'
import { SEARCH_PATH } from './run.ts'

/** Exit status of the holder when the folder it locked is not the one that has the name now. */
const REPLACED = 75

/** Holds the lock for as long as its standard input is open, so that the lock ends with haq, however haq ends. */
const HOLDER = `
exec 9<"$1" || exit 1
flock --nonblock 9 || { echo waiting; flock 9 || exit 1; }
[ "$(stat -Lc %d:%i /proc/self/fd/9)" = "$(stat -c %d:%i "$1" 2>/dev/null)" ] || exit ${REPLACED}
echo held
exec cat
`

/**
 * Makes the folder when it isn't there, and does the work while no other haq has the folder locked. The folder may be
 * removed by the work.
 * @see flock(1)
 */
export async function withFolderLock<T>(folder: string, progress: Progress, work: () => Promise<T>): Promise<T> {
  const release = await acquire(folder, progress)
  try {
    return await work()
  } finally {
    await release()
  }
}

async function acquire(folder: string, progress: Progress): Promise<() => Promise<void>> {
  for (;;) {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const holder = execa('sh', ['-c', HOLDER, 'haq-lock', folder], {
      env: { PATH: SEARCH_PATH },
      stdin: 'pipe',
      reject: false,
    })
    const held = new Promise<boolean>(resolve => {
      holder.stdout.on('data', (chunk: Buffer) => {
        const words = chunk.toString().split('\n')
        if (words.includes('waiting')) progress('waiting for another haq that is at work on the same lab or image')
        if (words.includes('held')) resolve(true)
      })
      void holder.then(() => resolve(false))
    })
    if (await held) {
      return async () => {
        holder.stdin.end()
        await holder
      }
    }
    const { exitCode, stderr } = await holder
    if (exitCode !== REPLACED) throw new LabError(`${folder} can't be locked: ${stderr}`)
  }
}
