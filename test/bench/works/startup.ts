import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { constants, openSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { Socket } from 'node:net'
import { join } from 'node:path'
import type { Bench } from '../bench.ts'
import { haqWords, root, timed } from '../command.ts'
import type { Subject, Work } from '../work.ts'

const node = [process.execPath, '-e', '0'] as const

/** The time until haq prints anything. */
export const version: Work = {
  key: 'version',
  summary: '`haq --version`; the floor is `node -e 0`',
  figures: { seconds: { title: 'haq --version', unit: 's', bars: { haq: '≤ 1.5 × floor' } } },
  rounds: [15, 10],
  warmUp: 1,
  prepare: bench => {
    const options = { cwd: bench.folder, signal: bench.signal }
    return Promise.resolve([
      { name: 'floor', measure: async () => ({ seconds: (await timed(node, options)).seconds }) },
      { name: 'haq', measure: async () => ({ seconds: (await timed([...haqWords, '--version'], options)).seconds }) },
    ])
  },
}

/** The time until `haq run` starts its first ssh. */
export const firstSsh: Work = {
  key: 'first-ssh',
  summary: 'from the start of `haq run playbooks/cluster.ts` to its first ssh; the floor is `node -e 0`',
  figures: { seconds: { title: 'haq run reaches its first ssh', unit: 's', bars: { haq: '≤ 4 × floor' } } },
  rounds: [15, 10],
  warmUp: 1,
  prepare: async bench => {
    const options = { cwd: bench.folder, signal: bench.signal }
    return [
      { name: 'floor', measure: async () => ({ seconds: (await timed(node, options)).seconds }) },
      await untilFirstSsh(bench),
    ]
  },
}

/** Puts an `ssh` first in PATH that reports its start and then fails. */
async function untilFirstSsh(bench: Bench): Promise<Subject> {
  const folder = join(bench.folder, 'first-ssh')
  const pipe = join(folder, 'started')
  await mkdir(join(folder, 'bin'), { recursive: true, mode: 0o700 })
  await bench.file('first-ssh/bin/ssh', `#!/bin/sh\necho >${pipe}\nexit 255\n`, 0o755)
  await timed(['mkfifo', pipe], { cwd: folder, signal: bench.signal })
  const env = {
    ...process.env,
    PATH: `${join(folder, 'bin')}:${process.env['PATH'] ?? ''}`,
    XDG_STATE_HOME: join(folder, 'state'),
    XDG_CACHE_HOME: bench.cache,
    HAQ_ERLANG_COOKIE: 'none',
  }
  const [command, ...words] = haqWords
  const run = [...words, 'run', join(root, 'playbooks/cluster.ts'), '-i', join(root, 'inventory/prod.ts')]
  return {
    name: 'haq',
    measure: async () => {
      // Opened for reading and writing, so that opening does not block and the pipe never ends.
      const started = new Socket({ fd: openSync(pipe, constants.O_RDWR | constants.O_NONBLOCK), writable: false })
      try {
        const start = performance.now()
        const haq = spawn(command, run, { env, cwd: folder, stdio: 'ignore', signal: bench.signal })
        const ended = once(haq, 'exit')
        const first = await Promise.race([once(started, 'data').then(() => performance.now()), ended])
        if (typeof first !== 'number') throw new Error('haq ended without any ssh')
        await ended
        return { seconds: (first - start) / 1000 }
      } finally {
        started.destroy()
      }
    },
  }
}
