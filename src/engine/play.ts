import pLimit from 'p-limit'
import type { CompiledPlay } from '../playbook/compile.ts'
import type { Host } from '../playbook/group.ts'
import { HostRun } from './host-run.ts'
import type { RunContext } from './run-context.ts'

/**
 * Runs a play: its hosts side by side, or in turn where it says so.
 * @param forks how many hosts at a time
 * @param failed hosts that go no further; those that fail here are put into it
 * @param lastPlays the play after which each host is not needed any more
 */
export async function runPlay(
  context: RunContext,
  play: CompiledPlay,
  hosts: readonly Host[],
  forks: number,
  failed: Set<string>,
  lastPlays: ReadonlyMap<string, CompiledPlay>,
): Promise<void> {
  const { serial, serialHandlers } = play
  const names = hosts.map(host => host.name)
  context.report({
    event: 'play',
    play: play.name,
    hosts: names,
    ...(serial !== undefined && { serial }),
    ...(serialHandlers !== undefined && { serialHandlers }),
  })
  if (play.reconnect)
    for (const name of names) {
      context.readers.release(name)
      context.hosts.reconnect(name)
    }
  // One at a time is asked for where a failure must not spread: the hosts after it stay as they are.
  let isBroken = false
  const tasks = async (hostRun: HostRun): Promise<void> => {
    const start = serial === undefined || !isBroken
    if (!start)
      context.report({
        event: 'warning',
        message: `play ${play.name} stops before ${hostRun.host}: a host before it failed`,
      })
    if (!(await hostRun.runTasks(start))) isBroken = true
  }
  const handlers = async (hostRun: HostRun): Promise<void> => {
    if (!(await hostRun.runHandlers(serialHandlers === undefined || !isBroken))) {
      failed.add(hostRun.host)
      isBroken = true
    }
    context.report({ event: 'host-end', play: play.name, host: hostRun.host })
    const isThrough = failed.has(hostRun.host) || lastPlays.get(hostRun.host) === play
    if (isThrough) context.readers.release(hostRun.host)
    if (isThrough && !context.recorder?.isChanged(hostRun.host)) context.hosts.release(hostRun.host)
  }
  const inTurn = async <T>(all: readonly T[], atATime = forks, work: (one: T) => Promise<void>): Promise<void> => {
    const limit = pLimit(Math.min(forks, atATime))
    await Promise.all(all.map(one => limit(work, one)))
  }
  const hostRunOf = (host: Host): HostRun => new HostRun(context, play, host)
  if (serialHandlers === undefined)
    await inTurn(hosts, serial, async host => {
      const hostRun = hostRunOf(host)
      await tasks(hostRun)
      await handlers(hostRun)
    })
  else {
    const hostRuns = hosts.map(hostRunOf)
    await inTurn(hostRuns, serial, tasks)
    await inTurn(hostRuns, serialHandlers, handlers)
  }
  context.report({ event: 'play-end', play: play.name })
}
