import { inFolder } from '../temp.ts'

/** A test with its own folder as the user's cache. */
export const inCache = (use: (cache: string) => Promise<void>): (() => Promise<void>) =>
  inFolder(async folder => {
    const { XDG_CACHE_HOME: before } = process.env
    process.env['XDG_CACHE_HOME'] = folder
    try {
      await use(folder)
    } finally {
      if (before === undefined) delete process.env['XDG_CACHE_HOME']
      else process.env['XDG_CACHE_HOME'] = before
    }
  })
