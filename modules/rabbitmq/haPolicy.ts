import { isDeepStrictEqual } from 'node:util'
import * as z from 'zod'
import {
  defineModule,
  predict,
  presence,
  require,
  sh,
  unknown,
  type Requirement,
  type Step,
  type Undo,
  type Unknown,
} from 'haq'
import { isAtLeast, rabbit, type RabbitNode, type RabbitPolicy, type RabbitState } from './facts/rabbit.ts'
import { rabbitmqctl, rabbitName, runningNode, runningRequirement, vhostRequirement } from './shared/node.ts'
import { runRabbit } from './shared/reason.ts'

const params = z
  .object({
    name: rabbitName.describe('the name of the policy'),
    vhost: rabbitName.default('/').describe('the vhost of the policy'),
    pattern: z
      .string()
      .refine(text => !text.includes('\0'), { error: 'takes no NUL character' })
      .default('')
      .describe('regular expression for the names of the queues or exchanges to which the policy applies'),
    definition: z
      .record(z.string(), z.json(), { error: 'takes an object of JSON values' })
      .default({})
      .describe('the settings, such as {"ha-mode": "all"}; compared by structure'),
    priority: z
      .int()
      .default(0)
      .describe('if several policies match a queue, the one with the highest priority applies'),
    applyTo: z
      .enum(['all', 'queues', 'exchanges', 'classic_queues', 'quorum_queues', 'streams'])
      .default('all')
      .describe('the kind of objects to which the policy applies'),
    operator: z
      .boolean()
      .default(false)
      .describe(
        'manage an operator policy: its settings, such as limits, apply in addition to the other policies of the vhost',
      ),
    state: presence,
  })
  .refine(({ state, definition }) => state === 'absent' || Object.keys(definition).length > 0, {
    error: 'takes at least one key: RabbitMQ has no policies without settings',
    path: ['definition'],
  })

type Params = z.output<typeof params>

/**
 * Manages a RabbitMQ policy, such as one that mirrors queues. RabbitMQ 3.x is the last release with mirrored queues:
 * from 4.0 on, a policy with `ha-*` keys is refused. Use quorum queues there.
 *
 * @see rabbitmqctl(8), set_policy and set_operator_policy; https://www.rabbitmq.com/docs/parameters#policies
 *
 * @example
 * ```ts
 * haPolicy({
 *   name: 'ha-all',
 *   vhost: 'orders',
 *   pattern: '^',
 *   definition: { 'ha-mode': 'all', 'ha-sync-mode': 'automatic' },
 *   applyTo: 'queues',
 * })
 * ```
 */
export const haPolicy = defineModule({
  name: 'haPolicy',
  summary: 'Manage a RabbitMQ policy, such as one that mirrors queues, or an operator policy',
  params,
  title: ({ name }) => name,
  facts: () => ({ rabbit }),
  plan: (params, { rabbit: state }) => {
    const node = runningNode(state)
    const current = policiesOf(params, node)?.find(({ name, vhost }) => name === params.name && vhost === params.vhost)
    const isDone = params.state === 'present' ? isDeepStrictEqual(current, policyOf(params)) : node && !current
    return [
      runningRequirement(state),
      ...(params.state === 'present' ? [vhostRequirement(params.vhost, node), mirroringRequirement(params, node)] : []),
      ...(isDone ? [] : [params.state === 'present' ? set(params, node, current) : clear(params, node, current)]),
    ]
  },
})

function policiesOf({ operator }: Params, node: RabbitNode | undefined): readonly RabbitPolicy[] | undefined {
  return operator ? node?.operatorPolicies : node?.policies
}

function policyOf({ name, vhost, pattern, definition, priority, applyTo }: Params): RabbitPolicy {
  return { vhost, name, pattern, priority, definition, applyTo }
}

function mirroringRequirement({ definition }: Params, node: RabbitNode | undefined): Requirement {
  const mirrors = Object.keys(definition).some(key => key.startsWith('ha-'))
  const isMet = !mirrors || (node ? !isAtLeast(node.version, 4) : unknown)
  return require('this RabbitMQ supports the keys of the policy', isMet, {
    otherwise: `RabbitMQ ${node?.version ?? ''} has no mirrored queues any more: ha-* keys are not recognised policy settings`,
    hint: 'use quorum queues: declare them with x-queue-type: quorum, or make quorum the default queue type of the vhost',
  })
}

function set(params: Params, node: RabbitNode | undefined, current: RabbitPolicy | undefined): Step {
  const wanted = policyOf(params)
  return runRabbit({
    change: { what: changed(params), from: node ? describe(current) : 'unknown', to: describe(wanted) },
    script: setScript(params, wanted),
    undo: undoOf(params, node, current),
    predicts: [predict(rabbit, withPolicies(node, params, [wanted]))],
  })
}

function clear(params: Params, node: RabbitNode | undefined, current: RabbitPolicy | undefined): Step {
  return runRabbit({
    change: { what: changed(params), from: node ? describe(current) : 'unknown', to: 'absent' },
    script: clearScript(params),
    undo: undoOf(params, node, current),
    predicts: [predict(rabbit, withPolicies(node, params, []))],
  })
}

function undoOf(params: Params, node: RabbitNode | undefined, current: RabbitPolicy | undefined): Undo {
  if (!node) return { impossible: 'the previous policy is not known' }
  return {
    change: { what: changed(params), from: params.state, to: describe(current) },
    script: current ? setScript(params, current) : clearScript(params),
  }
}

function setScript({ operator }: Params, { name, vhost, pattern, definition, priority, applyTo }: RabbitPolicy) {
  return sh`${rabbitmqctl} ${operator ? 'set_operator_policy' : 'set_policy'} -p ${vhost} --priority ${priority} --apply-to ${applyTo} -- ${name} ${pattern} ${JSON.stringify(definition)}`
}

function clearScript({ operator, name, vhost }: Params) {
  return sh`${rabbitmqctl} ${operator ? 'clear_operator_policy' : 'clear_policy'} -p ${vhost} -- ${name}`
}

function changed({ operator, name, vhost }: Params): string {
  return `${operator ? 'operator policy' : 'policy'} ${name} in vhost ${vhost}`
}

function describe(policy: RabbitPolicy | undefined): string {
  if (!policy) return 'absent'
  const { pattern, definition, priority, applyTo } = policy
  return `${JSON.stringify(definition)} on ${JSON.stringify(pattern)}, priority ${priority}, applied to ${applyTo}`
}

function withPolicies(
  node: RabbitNode | undefined,
  params: Params,
  wanted: readonly RabbitPolicy[],
): RabbitState | Unknown {
  if (!node) return unknown
  const { name, vhost } = params
  const others = policiesOf(params, node)?.filter(policy => policy.name !== name || policy.vhost !== vhost) ?? []
  const policies = [...others, ...wanted]
  return { state: 'up', ...node, ...(params.operator ? { operatorPolicies: policies } : { policies }) }
}
