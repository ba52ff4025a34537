import * as z from 'zod'
import {
  absent,
  defineModule,
  isKnown,
  predict,
  require,
  run,
  sh,
  unknown,
  type Absent,
  type Fact,
  type Requirement,
  type Script,
  type Step,
  type Undo,
  type Unknown,
} from 'haq'
import { rabbit, type RabbitNode, type RabbitState } from './facts/rabbit.ts'
import { runningNode } from './shared/node.ts'

const params = z.object({
  names: z
    .array(z.string().regex(/^[a-z]\w*$/, { error: 'takes the name of a plugin, such as rabbitmq_management' }))
    .min(1)
    .describe('names of plugins'),
  state: z
    .enum(['enabled', 'disabled'])
    .default('enabled')
    .describe('whether the plugins are enabled; the plugins that they need follow them'),
})

type Params = z.output<typeof params>

/** The plugins that the operator enabled explicitly, without the plugins that these need. */
const enabledPlugins: Fact<readonly string[]> = {
  key: 'rabbitEnabledPlugins',
  script: sh`if [ -e /etc/rabbitmq/enabled_plugins ]; then cat /etc/rabbitmq/enabled_plugins; fi`,
  parse: stdout => stdout.replaceAll(/%.*/g, '').match(/[a-z]\w*/g) ?? [],
}

/**
 * Manages the plugins of a RabbitMQ node; each node of a cluster has its own plugins. If the broker runs, the plugins
 * start or stop at once. Otherwise the change applies from its next start.
 *
 * @see rabbitmq-plugins(8)
 *
 * @example
 * ```ts
 * rabbitPlugin({ names: ['rabbitmq_management'] })
 * ```
 */
export const rabbitPlugin = defineModule({
  name: 'rabbitPlugin',
  summary: 'Enable or disable plugins of a RabbitMQ node',
  params,
  title: ({ names }) => names.join(', '),
  facts: () => ({ rabbit, enabled: enabledPlugins }),
  plan: ({ names, state }, { rabbit: current, enabled }) => {
    const node = runningNode(current)
    const known = isKnown(current) && isKnown(enabled) ? { node, enabled } : undefined
    const rest = known?.enabled.filter(name => !names.includes(name)) ?? []
    const todo = known ? names.filter(name => !isDone(name, state, known)) : names
    return [
      require('RabbitMQ is installed', isKnown(current) ? current !== absent : unknown, {
        otherwise: 'RabbitMQ is not installed',
        hint: 'install the package rabbitmq-server in an earlier task',
      }),
      ...(state === 'disabled' && node ? names.map(name => nobodyNeeds(name, rest, node)) : []),
      ...(todo.length === 0 ? [] : [change({ names, state }, todo, current, known)]),
    ]
  },
})

/** What is known about the plugins: the running ones if the broker runs, and the enabled ones. */
interface Known {
  readonly node: RabbitNode | undefined
  readonly enabled: readonly string[]
}

/** The file may differ from the running plugins if it was edited by hand or while the broker was stopped. */
function isDone(name: string, state: Params['state'], { node, enabled }: Known): boolean {
  return state === 'enabled'
    ? enabled.includes(name) && (!node || name in node.plugins)
    : !enabled.includes(name) && !(node && name in node.plugins)
}

function nobodyNeeds(name: string, rest: readonly string[], node: RabbitNode): Requirement {
  const needers = rest.filter(other => withNeeds([other], node).has(name))
  return require(`no other plugin needs ${name}`, needers.length === 0, {
    otherwise: `${name} is needed by ${needers.join(', ')}`,
    hint: 'disable the other plugins too, or keep this one enabled',
  })
}

/** The plugins and all the plugins that they need, as far as these run. */
function withNeeds(names: readonly string[], node: RabbitNode, seen = new Set<string>()): ReadonlySet<string> {
  for (const name of names) {
    if (seen.has(name)) continue
    seen.add(name)
    withNeeds(node.plugins[name] ?? [], node, seen)
  }
  return seen
}

function change(
  { names, state }: Params,
  todo: readonly string[],
  current: RabbitState | Absent | Unknown,
  known: Known | undefined,
): Step {
  const before = known?.enabled ?? []
  const rest = before.filter(name => !names.includes(name))
  const after = state === 'enabled' ? [...new Set([...before, ...names])] : rest
  const from = known ? `${todo.join(', ')} ${state === 'enabled' ? 'disabled' : 'enabled'}` : 'unknown'
  const words = { what: 'plugins', from, to: state }
  return run({
    change: words,
    script: state === 'enabled' ? plugins('enable', todo, current) : plugins('set', rest, current),
    undo: undoOf(words, before, after, current, known),
    predicts: [
      predict(enabledPlugins, known ? after : unknown),
      predict(rabbit, known?.node ? withPlugins(known.node, state, names, rest) : current),
    ],
  })
}

function undoOf(
  change: Step['change'],
  before: readonly string[],
  after: readonly string[],
  current: RabbitState | Absent | Unknown,
  known: Known | undefined,
): Undo {
  if (!known) return { impossible: 'the previously enabled plugins are not known' }
  if (before.length === after.length)
    return { impossible: "a plugin that was enabled, but not running, starts at the broker's next start in any case" }
  return { change: { ...change, from: change.to, to: change.from }, script: plugins('set', before, current) }
}

/**
 * `set` enables these plugins and disables all others; `disable` would also disable the plugins that need them,
 * without a message.
 */
function plugins(command: 'enable' | 'set', names: readonly string[], current: RabbitState | Absent | Unknown): Script {
  return sh`LC_ALL=C.UTF-8 rabbitmq-plugins -q ${command} ${runningNode(current) ? '--online' : '--offline'} ${names}`
}

function withPlugins(
  node: RabbitNode,
  state: Params['state'],
  names: readonly string[],
  rest: readonly string[],
): RabbitState {
  const stay = withNeeds(rest, node)
  const plugins =
    state === 'enabled'
      ? { ...Object.fromEntries(names.map(name => [name, []])), ...node.plugins }
      : Object.fromEntries(Object.entries(node.plugins).filter(([name]) => stay.has(name) && !names.includes(name)))
  return { state: 'up', ...node, plugins }
}
