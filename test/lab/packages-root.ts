import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa, execaSync } from 'execa'
import type { Task } from 'haq'
import { checkTask, converge, type Outcome, type TaskRun } from '../../src/engine/converge.ts'
import { FactReader } from '../../src/engine/fact-reader.ts'
import { Hosts } from '../../src/engine/hosts.ts'
import { Predictions } from '../../src/engine/predictions.ts'
import { HostShell } from '../../src/transport/host-shell.ts'

/**
 * This machine's root file system under an overlay in memory, without a network. Installed files stay in the overlay.
 */
export interface PackageRoot {
  readonly check: (task: Task) => Promise<Outcome>
  readonly run: (task: Task) => Promise<Outcome>
  /** Runs a script for the test. */
  readonly sh: (script: string) => Promise<string>
  /** Starts a script in the background. */
  readonly start: (script: string) => PromiseLike<unknown>
  /** Waits until a condition in shell is true. */
  readonly until: (condition: string) => Promise<unknown>
  /** All files that differ from this machine's, with their digests. */
  readonly tree: () => Promise<string>
  readonly close: () => Promise<void>
}

const mounts = `set -e
mount -t tmpfs -o mode=0755 haq "$1"
mkdir "$1/upper" "$1/work" "$1/root"
mount -t overlay -o "lowerdir=/,upperdir=$1/upper,workdir=$1/work" haq "$1/root"
mount --rbind /dev "$1/root/dev"
mount -t proc proc "$1/root/proc"
mount -t tmpfs haq "$1/root/tmp"
echo up
exec sleep infinity`

/** Why there can be no such root with these programs here; undefined when it is possible. */
export function missing(programs: readonly string[]): string | undefined {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'root on Linux is needed'
  const absent = ['unshare', 'nsenter', ...programs].filter(
    program => execaSync('sh', ['-c', 'command -v "$1"', 'sh', program], { reject: false }).exitCode !== 0,
  )
  if (absent.length > 0) return `not installed: ${absent.join(', ')}`
  const trial =
    'd=$(mktemp -d) && mount -t tmpfs haq "$d" && mkdir "$d/u" "$d/w" "$d/r" && ' +
    'mount -t overlay -o "lowerdir=/,upperdir=$d/u,workdir=$d/w" haq "$d/r"; status=$?; umount -R "$d"; rmdir "$d"; exit $status'
  const { exitCode } = execaSync('unshare', ['--mount', '--net', 'sh', '-c', trial], { reject: false })
  return exitCode === 0 ? undefined : 'the kernel lets no overlay be mounted in a namespace'
}

/** @param setup makes a bare host of the root: its os-release, its repository */
export async function packageRoot(setup: string): Promise<PackageRoot> {
  const folder = await mkdtemp(join(tmpdir(), 'haq-packages-'))
  // Mounts and processes are in the namespaces of one process and end with it, even if the test is killed.
  const namespaces = ['--mount', '--net', '--pid']
  const words = [...namespaces, '--fork', '--kill-child', '--propagation', 'private', 'sh', '-c', mounts, 'sh', folder]
  const holder = execa('unshare', words, { reject: false })
  await new Promise<void>((resolve, reject) => {
    holder.stdout.once('data', () => resolve())
    void holder.then(({ stderr }) => reject(new Error(`the root does not come up: ${stderr}`)))
  })
  const init = (await readFile(`/proc/${holder.pid}/task/${holder.pid}/children`, 'utf8')).trim()
  const within = ['--target', init, ...namespaces]
  // A login that names a folder for temporary files that is gone.
  const exec = ['nsenter', ...within, 'chroot', join(folder, 'root'), 'env', 'TMPDIR=/scratch/gone']
  const hosts = new Hosts(() => new HostShell('host', { connection: 'exec', address: 'host', exec }))
  const inside = (script: string, ...words: readonly string[]) =>
    execa('nsenter', [...within, 'chroot', join(folder, 'root'), 'sh', '-ec', script, 'sh', ...words], {
      env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C', DEBIAN_FRONTEND: 'noninteractive', HOME: '/root' },
      extendEnv: false,
      stdin: 'ignore',
    })
  const taskRun = (task: Task, reader: FactReader): TaskRun => ({ task, host: 'host', reader, ahead: () => [] })
  const root: PackageRoot = {
    check: task => checkTask(taskRun(task, new FactReader(hosts, 'host', undefined, new Predictions())), false),
    run: task =>
      converge(taskRun(task, new FactReader(hosts, 'host')), {
        shell: hosts.shell('host'),
        interrupted: () => false,
        approve: () => undefined,
        recorder: undefined,
      }),
    sh: async script => (await inside(script)).stdout,
    start: script => inside(script).catch((error: unknown) => error),
    until: condition => inside('timeout 20 sh -c "until $1; do sleep 0.1; done"', condition),
    tree: async () => {
      const list =
        'cd "$1" && find . -printf "%p %y %m %u:%g %l\\n" | sort && find . -type f -exec sha256sum {} + | sort'
      return (await execa('nsenter', [...within, 'sh', '-c', list, 'sh', join(folder, 'upper')])).stdout
    },
    close: async () => {
      holder.kill('SIGKILL')
      await holder
      await hosts.close()
      await rm(folder, { recursive: true })
    },
  }
  await root.sh(setup)
  return root
}
