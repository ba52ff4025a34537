import type { RunEvent, TaskEnded } from '../../src/engine/events.ts'

const task = (event: Partial<TaskEnded> & Pick<TaskEnded, 'host' | 'task' | 'status'>): TaskEnded => ({
  event: 'task',
  play: 'base',
  module: 'file',
  changes: [],
  pending: [],
  seconds: 0.25,
  ...event,
})

const recap = { ok: 0, changed: 0, failed: 0, unreachable: 0, skipped: 0, pending: 0 }

/** The events of a run in which each kind of event happens. */
export const events: readonly RunEvent[] = [
  { event: 'run', playbook: 'demo', check: false },
  { event: 'play', play: 'base', hosts: ['a', 'host-b'] },
  { event: 'host', play: 'base', host: 'a', tasks: ['file /x', 'file /x', 'wait'], handlers: ['restart x'] },
  { event: 'task-start', play: 'base', host: 'a', task: 'file /x' },
  task({
    host: 'a',
    task: 'file /x',
    status: 'changed',
    seconds: 75.4,
    changes: [{ what: '/x', from: 'one', to: 'two', diff: { before: 'same\none\n', after: 'same\ntwo\n' } }],
  }),
  { event: 'host', play: 'base', host: 'host-b', tasks: ['file /x', 'file /y'], handlers: ['restart x'] },
  task({ host: 'a', task: 'file /x', status: 'ok' }),
  task({
    host: 'host-b',
    task: 'file /x',
    status: 'failed',
    failure: { message: '/x: disk full\nsecond line', hint: 'free some', stdout: '', stderr: 'disk full' },
  }),
  task({ host: 'host-b', task: 'file /y', status: 'skipped', seconds: 0 }),
  { event: 'host-end', play: 'base', host: 'host-b' },
  task({ host: 'a', task: 'wait', module: 'wait', status: 'pending', pending: ['the broker runs'] }),
  task({ host: 'a', task: 'restart x', module: 'service', status: 'unreachable', failure: { message: 'a: gone' } }),
  { event: 'host-end', play: 'base', host: 'a' },
  { event: 'play-end', play: 'base' },
  { event: 'warning', message: 'something is odd' },
  {
    event: 'recap',
    check: false,
    hosts: {
      a: { ...recap, ok: 1, changed: 1, pending: 1, unreachable: 1 },
      'host-b': { ...recap, failed: 1, skipped: 1 },
    },
  },
]
