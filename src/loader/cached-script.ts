import {
  closeSync,
  fsyncSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { Script as CompiledScript } from 'node:vm'
import { crc32 } from 'node:zlib'
import { cacheFolder } from './cache-folder.ts'

/** A script that was loaded and run. */
export interface LoadedScript {
  readonly exports: unknown
  /** Saves the code that V8 has compiled until now for the next start, unless a cache exists. */
  readonly keep: () => void
}

/** The most files in the cache; old versions of haq and of Node leave files behind. */
const keptFiles = 20

/**
 * Runs a CommonJS file with V8's code cache, because compiling takes half of the start-up time. The file's last line is
 * a comment that identifies its version. The file uses `importFromOutside` instead of import().
 * @param part names the part of the file that will be used; each part has its own cache
 */
export function loadScript(file: string, part: string): LoadedScript {
  const source = readFileSync(file, 'utf8')
  const folder = cacheFolder('code')
  const version = source.slice(source.lastIndexOf('//') + 2).trim()
  const kept = folder && join(folder, `${part}-${process.arch}-${process.versions.v8}-${version}`)
  const cachedData = kept && readIfWhole(kept)
  const script = new CompiledScript(`(function (module, require, __filename, importFromOutside) {${source}})`, {
    filename: file,
    ...(cachedData && { cachedData }),
  })
  const module = { exports: {} }
  const run = script.runInThisContext() as (...names: readonly unknown[]) => void
  // Code from the cache has no module loader, so an import() in it fails.
  const importFromOutside = (id: string): Promise<unknown> => import(id)
  run(module, createRequire(file), file, importFromOutside)
  const isUsed = cachedData !== undefined && script.cachedDataRejected === false
  return {
    exports: module.exports,
    keep: () => (kept && !isUsed ? write(folder, kept, script.createCachedData()) : undefined),
  }
}

/** Bytes of the checksum before the data. V8 would run damaged code, and the process would crash. */
const checksumSize = 4

/** Reads a cache file. A damaged one, for example after a power cut, is ignored. */
function readIfWhole(file: string): Buffer | undefined {
  try {
    const found = readFileSync(file)
    const data = found.subarray(checksumSize)
    if (found.length > checksumSize && found.readUInt32LE() === crc32(data)) return data
    rmSync(file)
  } catch {
    // There is no cache file.
  }
  return undefined
}

function write(folder: string, file: string, data: Buffer): void {
  try {
    // Two processes may write the cache at the same time.
    const draft = `${file}.${process.pid}`
    const checksum = Buffer.alloc(checksumSize)
    checksum.writeUInt32LE(crc32(data))
    const open = openSync(draft, 'w', 0o600)
    writeFileSync(open, Buffer.concat([checksum, data]))
    fsyncSync(open)
    closeSync(open)
    renameSync(draft, file)
    const changed = (path: string): number => statSync(path).mtimeMs
    const files = readdirSync(folder).map(name => join(folder, name))
    for (const old of files.toSorted((a, b) => changed(b) - changed(a)).slice(keptFiles)) rmSync(old)
  } catch {
    // Without a cache the next start is as slow as this one.
  }
}
