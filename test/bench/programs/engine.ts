import { play, playbook } from 'haq'
import { file } from 'haq/modules'
import { runPlaybook } from '../../../src/engine/run.ts'
import { allPending } from '../../../src/facts/pending.ts'
import { flatten } from '../../../src/inventory/inventory.ts'
import { checkVariables } from '../../../src/inventory/variables.ts'
import { compilePlaybook } from '../../../src/playbook/compile.ts'
import type { Readable } from '../../../src/transport/batched-reads.ts'
import type { Frame } from '../../../src/transport/frames.ts'
import type { HostShell } from '../../../src/transport/host-shell.ts'

/**
 * Runs no-op tasks on simulated hosts and prints time and memory as JSON: `node --expose-gc engine.js HOSTS TASKS`.
 * It measures only the engine: hosts answer at once, and there is no report.
 */
const [hosts = 0, tasks = 0] = process.argv.slice(2).map(Number)

const answer = '81a4 0 0 root root\ncontent\nas it should be\n'

/** A simulated host: every file is right, no handler is pending, and the lock is free. */
class SimulatedShell implements Pick<HostShell, 'roundTrips' | 'read' | 'hold' | 'close'> {
  roundTrips = 0

  read({ key }: Readable): Promise<Frame> {
    return frame(key === allPending.key ? '' : answer)
  }

  hold(): Promise<Frame> {
    return frame('ours\n')
  }

  finish(): Promise<void> {
    return Promise.resolve()
  }

  close(): Promise<void> {
    return Promise.resolve()
  }
}

async function frame(stdout: string): Promise<Frame> {
  // As on a real host, the answer arrives asynchronously.
  await Promise.resolve()
  return { status: 0, stdout, stderr: '' }
}

const book = playbook({
  name: 'Simulated hosts',
  plays: ({ group }) => [
    play('tasks', { hosts: group('site') }, () =>
      Array.from({ length: tasks }, (_, i) => file({ path: `/etc/file-${i + 1}`, content: 'as it should be\n' })),
    ),
  ],
})

const cpu = (): number => {
  const { user, system } = process.cpuUsage()
  return user + system
}
const gc = globalThis.gc ?? (() => {})

/** The time and memory of a run on simulated hosts. */
async function measure(hosts: number) {
  const names = Array.from({ length: hosts }, (_, i) => `host-${i + 1}`)
  const definition = { groups: { site: { hosts: Object.fromEntries(names.map(name => [name, null])) } } }
  const inventory = flatten('simulated.ts', definition, [])
  const variables = await checkVariables(inventory, book.vars, new Map())
  gc()
  const { heapUsed, rss } = process.memoryUsage()
  const start = cpu()
  const compiled = compilePlaybook(book, 'simulated.ts', inventory, variables)
  const compileMicroseconds = cpu() - start
  let [heldBytes, peakBytes, lookingMicroseconds] = [0, 0, 0]
  const { hosts: recap } = await runPlaybook(compiled, {
    check: false,
    forks: 100,
    limit: new Set(names),
    tags: [],
    playbookSource: 'simulated.ts',
    secrets: [],
    openShell: () => new SimulatedShell() as unknown as HostShell,
    signal: new AbortController().signal,
    lock: { timeout: 0, holder: 'benchmark' },
    report: event => {
      if (event.event !== 'recap') return
      // The measurement itself must not count.
      const before = cpu()
      peakBytes = process.resourceUsage().maxRSS * 1024 - rss
      gc()
      heldBytes = process.memoryUsage().heapUsed - heapUsed
      lookingMicroseconds = cpu() - before
    },
  })
  const runMicroseconds = cpu() - start - compileMicroseconds - lookingMicroseconds
  const wrong = Object.entries(recap).find(([, counts]) => counts.ok !== tasks || counts.changed !== 0)
  if (wrong || Object.keys(recap).length !== hosts)
    throw new Error(`the simulated hosts did not all find nothing to do: ${JSON.stringify(wrong)}`)
  return { compileMicroseconds, runMicroseconds, peakBytes, heldBytes }
}

// A first run compiles the code; this cost does not depend on the number of hosts.
await measure(1000)
process.stdout.write(JSON.stringify(await measure(hosts)))
