import { mkdir } from 'node:fs/promises'
import { execa } from 'execa'
import { LabError } from '../core/errors.ts'
import type { Progress } from './types.ts'
import { SEARCH_PATH } from './run.ts'

/** The holder's exit status when another folder has replaced the one that it locked. */
const REPLACED = 75

/** Holds the lock while its standard input is open. So the lock also ends when haq is killed. */
const HOLDER = `
exec 9<"$1" || exit 1
flock --nonblock 9 || { echo waiting; flock 9 || exit 1; }
[ "$(stat -Lc %d:%i /proc/self/fd/9)" = "$(stat -c %d:%i "$1" 2>/dev/null)" ] || exit ${REPLACED}
echo held
exec cat
`

/**
 * Makes the folder if it is missing, locks it, and does the work. The work may remove the folder.
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
        if (words.includes('waiting')) progress('waiting for another haq that uses the same lab or image')
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
