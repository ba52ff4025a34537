import { run, type RunStep } from 'haq'

/** A step that runs RabbitMQ's command line. If it fails, its first line says why. */
export function runRabbit(step: Omit<RunStep, 'kind' | 'explain'>): RunStep {
  return run({ ...step, explain: reasonOf })
}

/**
 * The reason of a failure, in what RabbitMQ's command line or a broker that did not start has printed. RabbitMQ's own
 * last line is the hash of a cookie, and its first line only says that something is below.
 */
export function reasonOf(said: string): string | undefined {
  const [, node = 'the node'] = /^attempted to contact: \[([^\]]*)\]/m.exec(said) ?? []
  const [dispute] = /Node \S+ thinks it\\*'s clustered with node \S+ but \S+ disagrees/.exec(said) ?? []
  if (dispute !== undefined)
    return `${dispute.replaceAll('\\', '')}: one of them was reset, or has forgotten the other one`
  const [, port, host, why] = /unable to connect to epmd \(port (\d+)\) on (\S+): (.*)/.exec(said) ?? []
  if (why !== undefined)
    return /nxdomain|non-existing domain/.test(why)
      ? `this host can't resolve ${host}, the host of the node ${node}`
      : `this host can't connect to port ${port} (epmd) of ${host}, the host of the node ${node}: ${why}`
  if (/Erlang distribution failed/.test(said))
    return `the node ${node} rejects this host: their Erlang cookies differ, or it has another name for itself`
  if (/not running at all/.test(said)) return `the node ${node} does not run`
  const [, taken] = /could_not_start_listener,[^,]*,(\d+),.*eaddrinuse/.exec(said) ?? []
  if (taken !== undefined) return `another program uses port ${taken}, on which the broker is to listen`
  const [, first] = /^Error:\s+(\S.*)/m.exec(said) ?? []
  return first
}
