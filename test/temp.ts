import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A test that gets a folder of its own, which is gone afterwards. */
export function inFolder(use: (folder: string) => Promise<void> | void): () => Promise<void> {
  return async () => {
    const folder = await mkdtemp(join(tmpdir(), 'haq-test-'))
    try {
      await use(folder)
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  }
}
