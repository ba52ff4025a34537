import * as z from 'zod'

/** The source of a secret. The secret itself is never in the text of an inventory. */
export type SecretSource =
  | { readonly kind: 'env'; readonly name: string; readonly optional: boolean }
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'command'; readonly words: readonly string[] }

const sourceMark = Symbol.for('haq.secretSource')

export type MarkedSource = SecretSource & { readonly [sourceMark]: true }

function source(value: SecretSource): MarkedSource {
  return Object.freeze({ ...value, [sourceMark]: true as const })
}

export function isSecretSource(value: unknown): value is MarkedSource {
  return typeof value === 'object' && value !== null && sourceMark in value
}

/** `secret.env(NAME)`: from an environment variable of the control node; `optional` when it may be unset. */
export const fromEnv = (name: string, options: { optional?: boolean } = {}): MarkedSource =>
  source({ kind: 'env', name, optional: options.optional ?? false })

/** `secret.file(PATH)`: the first line of a file on the control node that only its owner can read. */
export const fromFile = (path: string): MarkedSource => source({ kind: 'file', path })

/** `secret.command('pass', 'show', 'web/token')`: the first line that a command on the control node prints. */
export const fromCommand = (...words: readonly string[]): MarkedSource => source({ kind: 'command', words })

/** How secrets are written in YAML and JSON: `{ secret: { env: NAME } }`. */
export const secretInText = z.strictObject({
  secret: z
    .strictObject({
      env: z.string().optional(),
      optional: z.boolean().optional(),
      file: z.string().optional(),
      command: z.array(z.string()).min(1).optional(),
    })
    .refine(value => [value.env, value.file, value.command].filter(given => given !== undefined).length === 1, {
      error: 'takes one of env, file or command',
    }),
})

const hostName = z.string().regex(/^[A-Za-z0-9]([\w.-]*[A-Za-z0-9])?$/, {
  error: 'a host name takes letters, digits, dots, dashes and underscores',
})

const groupName = z.string().regex(/^[A-Za-z_][\w-]*$/, {
  error: 'a group name takes letters, digits, dashes and underscores, and starts with a letter',
})

const vars = z.record(z.string(), z.unknown())

/** How haq connects to hosts. Allowed at a host, at a group, and for the whole inventory; the nearest one wins. */
const reach = {
  user: z
    .string()
    .regex(/^[\w][\w.@-]*$/, { error: 'takes a user name' })
    .optional(),
  port: z.int({ error: 'takes a port from 1 to 65535' }).min(1).max(65535).optional(),
  connection: z.enum(['ssh', 'local', 'exec']).optional(),
  /** For `connection: exec`: the command that runs a command on the host. */
  exec: z.array(z.string()).min(1).optional(),
  become: z.boolean().optional(),
}

const hostDefinition = z
  .strictObject({
    address: z
      .string()
      .regex(/^[A-Za-z0-9:][\w.:%-]*$/, { error: 'takes a host name or an IP address' })
      .optional(),
    ...reach,
    vars: vars.optional(),
  })
  .refine(host => host.connection !== 'exec' || host.exec !== undefined, {
    error: 'connection exec takes the words that run a command there, as exec: [docker, exec, -i, NAME]',
  })

const groupDefinition = z.strictObject({
  hosts: z.record(hostName, hostDefinition.nullable()).optional(),
  get children(): z.ZodOptional<z.ZodRecord<typeof groupName, z.ZodType<GroupDefinition>>> {
    return z.record(groupName, groupDefinition).optional()
  },
  ...reach,
  vars: vars.optional(),
})

export const inventoryDefinition = z.strictObject({
  groups: z.record(groupName, groupDefinition).optional(),
  hosts: z.record(hostName, hostDefinition.nullable()).optional(),
  ...reach,
  vars: vars.optional(),
})

type Reachable = { [K in keyof typeof reach]?: z.output<(typeof reach)[K]> }

export type HostDefinition = z.output<typeof hostDefinition>

export interface GroupDefinition extends Reachable {
  hosts?: Record<string, HostDefinition | null> | undefined
  children?: Record<string, GroupDefinition> | undefined
  vars?: Record<string, unknown> | undefined
}

export interface InventoryDefinition extends Reachable {
  groups?: Record<string, GroupDefinition> | undefined
  hosts?: Record<string, HostDefinition | null> | undefined
  vars?: Record<string, unknown> | undefined
}

/** Declares an inventory in TypeScript: groups of hosts, connection settings, and variables. */
export function inventory(definition: InventoryDefinition): InventoryDefinition {
  return definition
}
