import type { RunEvent, TaskEnded } from '../../src/engine/events.ts'

export const fleet = Array.from({ length: 60 }, (_, i) => `web${String(i + 1).padStart(2, '0')}`)

const tasks = ['file /a', 'file /b', 'file /c']

const outcomes: Readonly<Record<string, Partial<TaskEnded>>> = {
  'web07 file /b': { status: 'failed', failure: { message: 'disk full', hint: 'free some', stderr: 'no space' } },
  'web20 file /a': { status: 'unreachable', failure: { message: 'web20: gone' } },
  ...Object.fromEntries(
    ['web03', 'web10', 'web11', 'web12'].map((host, i) => [
      `${host} file /b`,
      {
        status: 'changed',
        seconds: 0.1 * (i + 1),
        changes: [{ what: '/b', from: 'one', to: 'two', diff: { before: 'one\n', after: 'two\n' } }],
      },
    ]),
  ),
}

/** The events of a play on 60 hosts: most are ok, some have the same change, one fails and one is unreachable. */
export const fleetEvents: readonly RunEvent[] = [
  { event: 'play', play: 'base', hosts: fleet },
  ...fleet.flatMap((host): readonly RunEvent[] => {
    const about = { play: 'base', host }
    let isStopped = false
    return [
      { event: 'host', ...about, tasks, handlers: ['restart'] },
      ...tasks.flatMap((task): readonly RunEvent[] => {
        const quiet = { event: 'task', ...about, task, module: 'file', changes: [], pending: [] } as const
        if (isStopped) return [{ ...quiet, status: 'skipped', seconds: 0 }]
        const outcome = outcomes[`${host} ${task}`]
        isStopped = outcome?.failure !== undefined
        return [
          { event: 'task-start', ...about, task },
          { ...quiet, status: 'ok', seconds: 0.3, ...outcome },
        ]
      }),
      { event: 'host-end', ...about },
    ]
  }),
  { event: 'play-end', play: 'base' },
]
