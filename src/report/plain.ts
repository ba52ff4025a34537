import type { RunEvent, TaskEnded } from '../engine/events.ts'
import { statusWord } from './style.ts'
import { changeText, detailLines, durationText, recapLines, type TextOptions } from './text.ts'
import { traceLines } from './trace.ts'

/** One line an event, for logs and pipes; details stand indented below it. */
export function plainLines(event: RunEvent, options: TextOptions): readonly string[] {
  const { paint } = options
  switch (event.event) {
    case 'run':
      return [paint('bold', event.check ? `${event.playbook} (check mode: nothing is changed)` : event.playbook)]
    case 'play':
      return [paint('bold', `play ${event.play}: ${event.hosts.join(', ')}`)]
    case 'task':
      return taskLines(event, options)
    case 'connected':
    case 'script':
      return traceLines(event, options)
    case 'warning':
      return [`warning: ${event.message}`]
    case 'recap':
      return recapLines(event.hosts, event.check, paint)
    case 'host':
    case 'host-end':
    case 'task-start':
    case 'play-end':
      return []
  }
}

function taskLines(task: TaskEnded, options: TextOptions): readonly string[] {
  const changes = task.changes.map(changeText).join('; ')
  const words = [statusWord(task.status, options.paint), task.host, `${task.task}${changes && ` (${changes})`}`]
  return [
    `${words.join('  ')}  ${durationText(task.seconds)}`,
    ...detailLines(task, options).map(line => `    ${line}`),
  ]
}
