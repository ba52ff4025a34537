import { join } from 'node:path'
import type { Bench } from '../bench.ts'
import type { BenchLab, Reached } from '../bench-lab.ts'
import { requireNoop } from '../command.ts'
import { keepWords } from '../kept.ts'
import type { Subject, Work } from '../work.ts'

/** The cluster playbook on a finished cluster, without kept connections. */
export const cluster: Work = {
  key: 'cluster',
  summary: 'no-op of playbooks/cluster.ts, 2 lab hosts, cold; the floor is one ssh a host with all fact scripts',
  figures: {
    seconds: {
      title: 'no-op of the cluster, 2 lab hosts, cold connection',
      unit: 's',
      bars: { haq: '≤ 1.5 × floor', ansible: '≥ 15 × haq', mitogen: '≥ 7 × haq' },
    },
  },
  rounds: [7, 4],
  warmUp: 1,
  prepare: async bench => {
    const lab = await bench.lab()
    const ansible = await bench.ansible()
    return [
      await floor(bench, lab, 'cold', []),
      {
        name: 'haq',
        measure: async () => {
          await bench.forgetKept()
          return noop(lab, [])
        },
      },
      ...(ansible ? ansible.cluster(lab, 'cold') : []),
    ]
  },
}

/** The same with kept connections of an earlier run. */
export const kept: Work = {
  key: 'kept',
  summary: 'the same over a connection kept from the run before; the floor has a ControlMaster of its own',
  figures: {
    seconds: {
      title: 'no-op of the cluster, 2 lab hosts, kept connection',
      unit: 's',
      bars: { haq: '≤ 1.2 × floor' },
    },
  },
  rounds: [7, 0],
  warmUp: 1,
  prepare: async bench => {
    const lab = await bench.lab()
    const ansible = await bench.ansible()
    const options = ['-o', 'ControlMaster=auto', '-o', `ControlPath=${bench.folder}/%C`, '-o', 'ControlPersist=300']
    return [
      await floor(bench, lab, 'kept', options),
      { name: 'haq', measure: () => noop(lab, keepWords) },
      ...(ansible ? ansible.cluster(lab, 'kept') : []),
    ]
  },
}

async function noop(lab: BenchLab, words: readonly string[]): Promise<{ readonly seconds: number }> {
  const ended = await lab.runCluster(...words)
  requireNoop(ended, 2)
  return { seconds: ended.seconds }
}

/** One ssh for each host in parallel, each with one script that reads every fact. */
async function floor(bench: Bench, lab: BenchLab, name: string, options: readonly string[]): Promise<Subject> {
  const hosts = await Promise.all(
    (await lab.reached()).map(async (reached: Reached) => ({
      ...reached,
      path: await bench.file(join('lab', `${name}-${reached.host}.sh`), reached.facts),
    })),
  )
  if (options.length > 0)
    for (const { host, ssh } of hosts)
      bench.atEnd(async () => {
        const [command = '', ...words] = ssh
        await lab.run([command, ...words, ...options, '-O', 'exit', host]).catch(() => undefined)
      })
  return {
    name: 'floor',
    measure: async () => {
      const start = performance.now()
      await Promise.all(
        hosts.map(({ host, ssh, path }) =>
          lab.run(['sh', '-c', `exec "$0" "$@" <${path}`, ...ssh, ...options, host, 'sh']),
        ),
      )
      return { seconds: (performance.now() - start) / 1000 }
    },
  }
}
