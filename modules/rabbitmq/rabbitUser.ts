import { isDeepStrictEqual } from 'node:util'
import * as z from 'zod'
import {
  defineModule,
  predict,
  presence,
  secret,
  sh,
  unknown,
  type Absent,
  type Prediction,
  type Secret,
  type Step,
  type Unknown,
} from 'haq'
import { rabbit, type RabbitNode } from './facts/rabbit.ts'
import { rabbitmqctl, rabbitName, runningNode, runningRequirement, withPassword } from './shared/node.ts'
import { hasPassword } from './shared/password.ts'
import { runRabbit } from './shared/reason.ts'

const params = z
  .object({
    name: rabbitName.describe('the name of the user'),
    password: secret()
      // RabbitMQ's command line reads one line, and removes spaces at both ends.
      .refine(password => /^[^\0\r\n]+$/.test(password.reveal()), { error: 'takes one line that is not empty' })
      .refine(password => password.reveal().trim() === password.reveal(), { error: 'takes no spaces at either end' })
      .optional()
      .describe('the password: one line without spaces at either end; not needed with state absent'),
    tags: z
      .array(z.string().regex(/^[A-Za-z][\w-]*$/, { error: 'takes a tag, such as administrator or monitoring' }))
      .default([])
      .describe('the rights of the user in the management plugin: administrator, monitoring, policymaker, management'),
    state: presence,
  })
  .refine(({ state, password }) => state === 'absent' || password !== undefined, {
    error: 'is required, except with state absent',
    path: ['password'],
  })

type User = RabbitNode['users'][number]

/**
 * Manages a RabbitMQ user with password and tags. All nodes of a cluster share their users, so one node is enough. The
 * broker itself is asked whether the password is right, so check mode is exact. The password never appears in the
 * arguments (argv) of a process.
 *
 * `rabbitUser({ name: 'guest', state: 'absent' })` removes the default user of RabbitMQ.
 *
 * @see rabbitmqctl(8), add_user, change_password, set_user_tags and delete_user
 *
 * @example
 * ```ts
 * rabbitUser({
 *   name: 'app',
 *   password: host.vars.password,
 *   tags: ['monitoring'],
 * })
 * ```
 */
export const rabbitUser = defineModule({
  name: 'rabbitUser',
  summary: 'Manage a RabbitMQ user with its password and tags',
  params,
  title: ({ name }) => name,
  facts: ({ name, password }) => ({ rabbit, ...(password && { password: hasPassword(name, password) }) }),
  plan: ({ name, password, tags, state }, facts) => {
    const node = runningNode(facts.rabbit)
    const user = node?.users.find(other => other.name === name)
    const needs = runningRequirement(facts.rabbit)
    if (state === 'absent' || !password) return [needs, ...(node && !user ? [] : [remove(name, node)])]
    const { password: isRight = unknown } = facts as { readonly password?: boolean | Absent | Unknown }
    const wanted = { name, tags: [...new Set(tags)].toSorted() }
    return [
      needs,
      ...(user && isRight === true ? [] : [setPassword(name, password, node, user, isRight)]),
      ...(isDeepStrictEqual((user ?? { name, tags: [] }).tags, wanted.tags) && node
        ? []
        : [setTags(wanted, node, user)]),
    ]
  },
})

function setPassword(
  name: string,
  password: Secret,
  node: RabbitNode | undefined,
  user: User | undefined,
  isRight: boolean | Absent | Unknown,
): Step {
  const before = user ? (isRight === false ? 'with another password' : 'unknown') : node ? 'absent' : 'unknown'
  const change = { what: `user ${name}`, from: before, to: 'with this password' }
  return runRabbit({
    change,
    script: withPassword(user ? 'change_password' : 'add_user', name, password),
    undo:
      node && !user
        ? { change: { ...change, from: change.to, to: before }, script: deleteUser(name) }
        : { impossible: 'RabbitMQ does not reveal the previous password of the user' },
    predicts: [...(user ? [] : [withUser(node, { name, tags: [] })]), predict(hasPassword(name, password), true)],
  })
}

function setTags(wanted: User, node: RabbitNode | undefined, user: User | undefined): Step {
  const { name } = wanted
  const before = user?.tags ?? []
  const change = { what: `tags of user ${name}`, from: node ? listed(before) : 'unknown', to: listed(wanted.tags) }
  const script = (tags: readonly string[]) => sh`${rabbitmqctl} set_user_tags -- ${name} ${tags}`
  return runRabbit({
    change,
    script: script(wanted.tags),
    undo: node
      ? { change: { ...change, from: change.to, to: change.from }, script: script(before) }
      : { impossible: 'the previous tags are not known' },
    predicts: [withUser(node, wanted)],
  })
}

function remove(name: string, node: RabbitNode | undefined): Step {
  return runRabbit({
    change: { what: `user ${name}`, from: node ? 'present' : 'unknown', to: 'absent' },
    script: deleteUser(name),
    undo: { impossible: `the password and the permissions of user ${name} are deleted with the user` },
    predicts: [
      predict(
        rabbit,
        node
          ? {
              state: 'up',
              ...node,
              users: node.users.filter(other => other.name !== name),
              permissions: node.permissions.filter(({ user }) => user !== name),
            }
          : unknown,
      ),
    ],
  })
}

function deleteUser(name: string) {
  return sh`${rabbitmqctl} delete_user -- ${name}`
}

function withUser(node: RabbitNode | undefined, user: User): Prediction {
  if (!node) return predict(rabbit, unknown)
  const others = node.users.filter(({ name }) => name !== user.name)
  return predict(rabbit, { state: 'up', ...node, users: [...others, user] })
}

function listed(tags: readonly string[]): string {
  return tags.length === 0 ? 'none' : tags.join(', ')
}
