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

/** A script that was run. */
export interface LoadedScript {
  readonly exports: unknown
  /** Keeps what V8 compiled of it until now for the next start, unless that was there. */
  readonly keep: () => void
}

/** Old versions of haq and of Node leave theirs behind. */
const keptFiles = 20

/**
 * Runs a CommonJS file, from V8's own cache where it can: half a start is compiling.
 * The file's last line is a comment that tells its versions apart. It gets `importFromOutside` for import().
 * @param part what will be used of the file, as each part has a cache of its own
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
  // What V8 kept knows of no loader, so that an import() in it fails.
  const importFromOutside = (id: string): Promise<unknown> => import(id)
  run(module, createRequire(file), file, importFromOutside)
  const isUsed = cachedData !== undefined && script.cachedDataRejected === false
  return {
    exports: module.exports,
    keep: () => (kept && !isUsed ? write(folder, kept, script.createCachedData()) : undefined),
  }
}

/** Bytes of the checksum that stands before the data. V8 itself runs what is damaged, and ends by a signal. */
const checksumSize = 4

/** What V8 compiled; one that is damaged, as by a power cut, is thrown away. */
function readIfWhole(file: string): Buffer | undefined {
  try {
    const found = readFileSync(file)
    const data = found.subarray(checksumSize)
    if (found.length > checksumSize && found.readUInt32LE() === crc32(data)) return data
    rmSync(file)
  } catch {
    // There is none.
  }
  return undefined
}

function write(folder: string, file: string, data: Buffer): void {
  try {
    // Two first runs may come here at once.
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
    // The next start is as slow as this one was.
  }
}
