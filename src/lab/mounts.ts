import { readFile } from 'node:fs/promises'
import { run } from './run.ts'

/** An entry in the kernel's table of mounts. */
export interface Mount {
  readonly path: string
  readonly type: string
  /** The mount's and the file system's options. */
  readonly options: readonly string[]
}

const unescape = (path: string): string =>
  path.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8)))

/**
 * All mounts that this process sees, in the order in which they were made.
 * @see proc(5), /proc/pid/mountinfo
 */
export async function mountPoints(): Promise<readonly Mount[]> {
  const table = await readFile('/proc/self/mountinfo', 'utf8')
  return table.trimEnd().split('\n').map(parseMount)
}

/** Parses a line of mountinfo. A single dash separates the fields of the mount from those of the file system. */
function parseMount(line: string): Mount {
  const [mount = '', fileSystem = ''] = line.split(' - ')
  const [, , , , path = '', own = ''] = mount.split(' ')
  const [type = '', , superOptions = ''] = fileSystem.split(' ')
  return { path: unescape(path), type, options: [...own.split(','), ...superOptions.split(',')] }
}

/** Unmounts everything at or below a folder. A mount that is in use is removed when its last user has ended. */
export async function unmountBelow(folder: string): Promise<void> {
  const mounts = (await mountPoints()).filter(({ path }) => path === folder || path.startsWith(`${folder}/`))
  for (const { path } of mounts.toReversed()) await run('umount', ['--lazy', path], { doing: `unmounting ${path}` })
}

/**
 * Mounts a root file system that reads from the layers, the topmost first, and writes its changes to a separate folder.
 * @see https://docs.kernel.org/filesystems/overlayfs.html
 */
export async function mountOverlay(
  layers: readonly string[],
  target: { upper: string; work: string; root: string },
): Promise<void> {
  // overlayfs separates lower folders by colons, and options by commas
  const quoted = (path: string): string => path.replace(/[\\:,]/g, '\\$&')
  const lower = layers.map(quoted).join(':')
  const options = `lowerdir=${lower},upperdir=${quoted(target.upper)},workdir=${quoted(target.work)}`
  await run('mount', ['-t', 'overlay', 'overlay', '-o', options, target.root], {
    doing: 'mounting the root file system',
  })
}
