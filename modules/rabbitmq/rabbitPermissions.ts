import { isDeepStrictEqual } from 'node:util'
import * as z from 'zod'
import { defineModule, predict, presence, require, sh, unknown, type Step } from 'haq'
import { rabbit, type RabbitNode, type RabbitPermissions } from './facts/rabbit.ts'
import { rabbitmqctl, rabbitName, runningNode, runningRequirement, vhostRequirement } from './shared/node.ts'
import { runRabbit } from './shared/reason.ts'

const pattern = z
  .string()
  .refine(text => !text.includes('\0'), { error: 'takes no NUL character' })
  .default('')

const params = z.object({
  user: rabbitName.describe('the name of the user'),
  vhost: rabbitName.default('/').describe('the vhost of the permissions'),
  configure: pattern.describe('regular expression: names that the user may declare and delete; left out, none'),
  write: pattern.describe('regular expression: names to which the user may publish and bind; left out, none'),
  read: pattern.describe('regular expression: names from which the user may consume and bind; left out, none'),
  state: presence.describe("absent removes the user's access to the vhost"),
})

/**
 * Manages the permissions of a user in a vhost. Without permissions, the user can't open the vhost. With three empty
 * patterns, the user can open the vhost but can't do anything there.
 *
 * @see rabbitmqctl(8), set_permissions and clear_permissions;
 * https://www.rabbitmq.com/docs/access-control#authorisation
 *
 * @example
 * ```ts
 * rabbitPermissions({
 *   user: 'app',
 *   vhost: 'orders',
 *   configure: '',
 *   write: '^orders',
 *   read: '^orders',
 * })
 * ```
 */
export const rabbitPermissions = defineModule({
  name: 'rabbitPermissions',
  summary: 'Manage the configure, write and read permissions of a RabbitMQ user in a vhost',
  params,
  title: ({ user, vhost }) => `${user} in ${vhost}`,
  facts: () => ({ rabbit }),
  plan: ({ state, ...wanted }, { rabbit: current }) => {
    const node = runningNode(current)
    const { user, vhost } = wanted
    const before = node?.permissions.find(held => held.user === user && held.vhost === vhost)
    if (state === 'absent')
      return [
        runningRequirement(current),
        ...(node && !before ? [] : [change(node, { user, vhost }, before, undefined)]),
      ]
    const isThere = node ? node.users.some(({ name }) => name === user) : unknown
    return [
      runningRequirement(current),
      vhostRequirement(vhost, node),
      require(`there is a user ${user}`, isThere, {
        otherwise: `there is no user ${user}`,
        hint: 'add the user with a rabbitUser task before this one',
      }),
      ...(isDeepStrictEqual(before, wanted) ? [] : [change(node, wanted, before, wanted)]),
    ]
  },
})

function change(
  node: RabbitNode | undefined,
  { user, vhost }: Pick<RabbitPermissions, 'user' | 'vhost'>,
  before: RabbitPermissions | undefined,
  after: RabbitPermissions | undefined,
): Step {
  const what = `permissions of ${user} in vhost ${vhost}`
  const script = (permissions: RabbitPermissions | undefined) =>
    permissions
      ? sh`${rabbitmqctl} set_permissions -p ${vhost} -- ${user} ${permissions.configure} ${permissions.write} ${permissions.read}`
      : sh`${rabbitmqctl} clear_permissions -p ${vhost} -- ${user}`
  const others = node?.permissions.filter(held => held.user !== user || held.vhost !== vhost) ?? []
  return runRabbit({
    change: { what, from: node ? describe(before) : 'unknown', to: describe(after) },
    script: script(after),
    undo: node
      ? { change: { what, from: describe(after), to: describe(before) }, script: script(before) }
      : { impossible: 'the previous permissions are not known' },
    predicts: [
      predict(rabbit, node ? { state: 'up', ...node, permissions: [...others, ...(after ? [after] : [])] } : unknown),
    ],
  })
}

function describe(permissions: RabbitPermissions | undefined): string {
  if (!permissions) return 'none'
  const { configure, write, read } = permissions
  return `configure ${JSON.stringify(configure)}, write ${JSON.stringify(write)}, read ${JSON.stringify(read)}`
}
