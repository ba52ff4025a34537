import type { RunEvent } from '../engine/events.ts'
import { detailLines, durationText, recapLines, taskLines, taskTitle, type TextOptions } from './text.ts'
import { traceLines } from './trace.ts'

/** One line per event, for logs and pipes. Details follow in indented lines. */
export function plainLines(event: RunEvent, options: TextOptions): readonly string[] {
  const { paint } = options
  switch (event.event) {
    case 'run':
      return [paint('bold', event.check ? `${event.playbook} (check mode: nothing is changed)` : event.playbook)]
    case 'play':
      return [paint('bold', `play ${event.play}: ${event.hosts.join(', ')}`)]
    case 'task':
      return taskLines(
        { status: event.status, hosts: event.host, title: taskTitle(event), duration: durationText(event.seconds) },
        detailLines(event, options),
        paint,
      )
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
