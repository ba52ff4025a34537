import { isDeepStrictEqual } from 'node:util'
import * as z from 'zod'
import {
  defineModule,
  predict,
  presence,
  require,
  sh,
  unknown,
  type Prediction,
  type Requirement,
  type Step,
} from 'haq'
import { isAtLeast, rabbit, type RabbitNode, type RabbitState, type RabbitVhost } from './facts/rabbit.ts'
import { rabbitmqctl, rabbitName, runningNode, runningRequirement } from './shared/node.ts'
import { runRabbit } from './shared/reason.ts'

const limit = z.int().min(0, { error: 'takes a whole number from 0' }).optional()

const params = z.object({
  name: rabbitName.describe('the name of the vhost'),
  defaultQueueType: z
    .enum(['classic', 'quorum', 'stream'])
    .optional()
    .describe(
      'the queue type of queues that are declared without a type; needs RabbitMQ 3.10; existing queues keep their type',
    ),
  limits: z
    .strictObject({
      maxConnections: limit.describe('maximum number of client connections at the same time'),
      maxQueues: limit.describe('queues'),
    })
    .optional()
    .describe(
      'limits on connections and queues; a limit that is not listed is removed; left out, all limits stay as they are',
    ),
  state: presence,
})

type Params = z.output<typeof params>

/**
 * Manages a RabbitMQ vhost. All nodes of a cluster share their vhosts, so one node is enough.
 *
 * @see rabbitmqctl(8), add_vhost, update_vhost_metadata, set_vhost_limits and delete_vhost
 *
 * @example
 * ```ts
 * rabbitVhost({
 *   name: 'orders',
 *   defaultQueueType: 'quorum',
 *   limits: { maxConnections: 1000 },
 * })
 * ```
 */
export const rabbitVhost = defineModule({
  name: 'rabbitVhost',
  summary: 'Manage a RabbitMQ vhost; removing a vhost removes its queues and messages',
  params,
  title: ({ name }) => name,
  facts: () => ({ rabbit }),
  plan: (params, { rabbit: current }) => {
    const node = runningNode(current)
    const vhost = node?.vhosts.find(({ name }) => name === params.name)
    const needs = runningRequirement(current)
    if (params.state === 'absent') return [needs, ...(node && !vhost ? [] : [remove(params.name, node)])]
    return [
      needs,
      ...typeRequirements(params, node, vhost),
      ...(vhost ? [] : [add(params, node)]),
      ...(node && !vhost ? [] : changeType(params, node, vhost)),
      ...changeLimits(params, node, vhost),
    ]
  },
})

/** RabbitMQ supports default queue types since 3.10, and changing them since 3.12. */
function typeRequirements(
  { name, defaultQueueType }: Params,
  node: RabbitNode | undefined,
  vhost: RabbitVhost | undefined,
): readonly Requirement[] {
  if (defaultQueueType === undefined || vhost?.defaultQueueType === defaultQueueType) return []
  const has = require('this RabbitMQ supports default queue types', node ? isAtLeast(node.version, 3, 10) : unknown, {
    otherwise: `RabbitMQ ${node?.version ?? ''} does not support default queue types`,
    hint: 'upgrade to 3.10 or later, or declare queues with x-queue-type',
  })
  if (node && !vhost) return [has]
  const changes = require('this RabbitMQ can change a default queue type', node
    ? isAtLeast(node.version, 3, 12)
    : unknown, {
    otherwise: `RabbitMQ ${node?.version ?? ''} can't change the default queue type of vhost ${name}, which already exists`,
    hint: 'upgrade to 3.12 or later, or remove the vhost with its contents and let this task add it again with the type',
  })
  return [has, changes]
}

function add({ name, defaultQueueType }: Params, node: RabbitNode | undefined): Step {
  const to = defaultQueueType === undefined ? 'present' : `present with default queue type ${defaultQueueType}`
  const change = { what: `vhost ${name}`, from: node ? 'absent' : 'unknown', to }
  const option = defaultQueueType === undefined ? [] : ['--default-queue-type', defaultQueueType]
  return runRabbit({
    change,
    script: sh`${rabbitmqctl} add_vhost ${option} -- ${name}`,
    undo: { change: { ...change, from: to, to: 'absent' }, script: sh`${rabbitmqctl} delete_vhost -- ${name}` },
    predicts: [withVhost(node, { name, defaultQueueType: defaultQueueType ?? null, limits: {} })],
  })
}

function changeType(
  { name, defaultQueueType }: Params,
  node: RabbitNode | undefined,
  vhost: RabbitVhost | undefined,
): readonly Step[] {
  if (defaultQueueType === undefined || vhost?.defaultQueueType === defaultQueueType) return []
  const before = vhost?.defaultQueueType
  const what = `default queue type of vhost ${name}`
  const from = vhost ? (before ?? 'none') : 'unknown'
  const script = (type: string) => sh`${rabbitmqctl} update_vhost_metadata ${name} --default-queue-type ${type}`
  return [
    runRabbit({
      change: { what, from, to: defaultQueueType },
      script: script(defaultQueueType),
      undo: before
        ? { change: { what, from: defaultQueueType, to: before }, script: script(before) }
        : { impossible: 'a default queue type can be changed, but not removed' },
      predicts: [withVhost(node, { ...(vhost ?? { name, limits: {} }), defaultQueueType })],
    }),
  ]
}

function changeLimits(
  { name, defaultQueueType, limits }: Params,
  node: RabbitNode | undefined,
  vhost: RabbitVhost | undefined,
): readonly Step[] {
  if (limits === undefined) return []
  const before = vhost?.limits ?? {}
  const wanted = limitsOf(limits)
  if (node && isDeepStrictEqual(before, wanted)) return []
  const what = `limits of vhost ${name}`
  return [
    runRabbit({
      change: { what, from: node ? describe(before) : 'unknown', to: describe(wanted) },
      script: limitScript(name, wanted),
      undo: node
        ? { change: { what, from: describe(wanted), to: describe(before) }, script: limitScript(name, before) }
        : { impossible: 'the previous limits are not known' },
      predicts: [
        withVhost(node, {
          name,
          defaultQueueType: defaultQueueType ?? vhost?.defaultQueueType ?? null,
          limits: wanted,
        }),
      ],
    }),
  ]
}

type Limits = RabbitVhost['limits']

function limitsOf({ maxConnections, maxQueues }: NonNullable<Params['limits']>): Limits {
  return {
    ...(maxConnections !== undefined && { 'max-connections': maxConnections }),
    ...(maxQueues !== undefined && { 'max-queues': maxQueues }),
  }
}

/** Limits are set all at once: a limit that is not listed is removed. */
function limitScript(name: string, limits: Limits) {
  return Object.keys(limits).length === 0
    ? sh`${rabbitmqctl} clear_vhost_limits -p ${name}`
    : sh`${rabbitmqctl} set_vhost_limits -p ${name} -- ${JSON.stringify(limits)}`
}

function describe(limits: Limits): string {
  const words = Object.entries(limits).map(([key, value]) => `${key} ${value}`)
  return words.length === 0 ? 'none' : words.join(', ')
}

function withVhost(node: RabbitNode | undefined, vhost: RabbitVhost): Prediction {
  if (!node) return predict(rabbit, unknown)
  const others = node.vhosts.filter(({ name }) => name !== vhost.name)
  return predict(rabbit, { state: 'up', ...node, vhosts: [...others, vhost] })
}

function remove(name: string, node: RabbitNode | undefined): Step {
  return runRabbit({
    change: { what: `vhost ${name}`, from: node ? 'present' : 'unknown', to: 'absent' },
    script: sh`${rabbitmqctl} delete_vhost -- ${name}`,
    undo: { impossible: `the queues and messages of vhost ${name} are deleted with the vhost` },
    predicts: [predict(rabbit, node ? withoutVhost(name, node) : unknown)],
  })
}

/** Everything in a vhost is deleted with the vhost. */
function withoutVhost(name: string, node: RabbitNode): RabbitState {
  return {
    state: 'up',
    ...node,
    vhosts: node.vhosts.filter(vhost => vhost.name !== name),
    permissions: node.permissions.filter(({ vhost }) => vhost !== name),
    policies: node.policies.filter(({ vhost }) => vhost !== name),
    operatorPolicies: node.operatorPolicies.filter(({ vhost }) => vhost !== name),
  }
}
