import type * as z from 'zod'
import type { Problem } from '../core/errors.ts'
import { schemaProblems } from '../core/schema.ts'
import type { Inventory, InventoryHost, Variable } from './inventory.ts'
import { isSecretSource } from './definition.ts'
import { resolveSecret, secretSourceOf, SecretProblem } from './secrets.ts'

/** A host's variables, checked with the playbook's schema, and their problems. */
export interface CheckedVariables {
  readonly values: Readonly<Record<string, unknown>>
  readonly problems: readonly (Problem & { readonly variable: string })[]
}

const uniqueKey = 'haqUnique'

/** Declares a variable that must differ on all hosts of a group, such as a node id. */
export function unique<T extends z.ZodType>(schema: T): T {
  return schema.meta({ [uniqueKey]: true })
}

/** The names of the variables that a schema declares `unique`. */
export function uniqueVariables(schema: z.ZodObject): readonly string[] {
  return Object.entries(schema.shape)
    .filter(([, field]) => (field as z.ZodType).meta()?.[uniqueKey] === true)
    .map(([name]) => name)
}

/**
 * Reads the secrets and checks the declared variables of a playbook, for every host of the inventory. Variables that
 * the playbook does not declare are ignored, because other playbooks may use them.
 * @param extra the `-e` variables, which override the inventory
 */
export async function checkVariables(
  inventory: Inventory,
  schema: z.ZodObject,
  extra: ReadonlyMap<string, string>,
): Promise<ReadonlyMap<string, CheckedVariables>> {
  const secrets = new Map<string, ReturnType<typeof resolveSecret>>()
  // Secrets may also be inside of a value, for example in a list of users.
  const resolve = async (value: unknown): Promise<unknown> => {
    const source = secretSourceOf(value)
    if (!source) return isPlain(value) ? resolveParts(value) : value
    const key = JSON.stringify(source)
    const known = secrets.get(key) ?? resolveSecret(source, inventory.source)
    secrets.set(key, known)
    return known
  }
  const resolveParts = async (value: object): Promise<unknown> => {
    if (Array.isArray(value)) return Promise.all(value.map(resolve))
    const entries = Object.entries(value).map(async ([key, part]) => [key, await resolve(part)] as const)
    return Object.fromEntries(await Promise.all(entries))
  }
  const entries = [...inventory.hosts.values()].map(async host => {
    const resolved = new Map<string, Variable>()
    for (const name of Object.keys(schema.shape)) {
      const given = extra.get(name)
      const variable = given === undefined ? host.variables.get(name) : { value: given, path: '-e' }
      if (variable) resolved.set(name, { ...variable, value: await resolve(variable.value) })
    }
    return [host.name, checkHost(inventory.source, host, schema, resolved)] as const
  })
  return new Map(await Promise.all(entries))
}

function checkHost(
  source: string,
  host: InventoryHost,
  schema: z.ZodObject,
  variables: ReadonlyMap<string, Variable>,
): CheckedVariables {
  const given: Record<string, unknown> = {}
  const values: Record<string, unknown> = {}
  const problems: CheckedVariables['problems'][number][] = []
  const say = (found: readonly Problem[], variable: string): void =>
    void problems.push(...found.map(problem => ({ ...problem, variable })))
  for (const [name, field] of Object.entries(schema.shape)) {
    const variable = variables.get(name)
    const value = variable?.value
    const extra = variable?.path === '-e'
    const path = extra ? `-e ${name}` : (variable?.path ?? `vars.${name}`)
    const from = extra ? '' : source
    const lacking = secretProblems(value, path)
    if (lacking.length > 0) {
      say(
        lacking.map(([at, message]) => ({ source: from, path: at, message })),
        name,
      )
      continue
    }
    const { input, parsed } = parseVariable(field as z.ZodType, value, extra)
    if (parsed.success) {
      if (input !== undefined) given[name] = input
      values[name] = parsed.data
    } else if (value === undefined) say([{ source, path, message: `is missing for ${host.name}` }], name)
    else say(schemaProblems(parsed.error, from, path), name)
  }
  if (problems.length > 0) return { values, problems }
  // Each variable is valid; the schema may also have rules about several variables.
  const whole = schema.safeParse(given)
  if (whole.success) return { values: whole.data, problems }
  say(schemaProblems(whole.error, source, `vars of ${host.name}`), '')
  return { values, problems }
}

function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null || isSecretSource(value)) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return Array.isArray(value) || prototype === null || prototype === Object.prototype
}

/** The secrets in a value that could not be read, with path and message. */
function secretProblems(value: unknown, path: string): readonly (readonly [path: string, message: string])[] {
  if (value instanceof SecretProblem) return [[path, value.message]]
  if (Array.isArray(value)) return value.flatMap((part, i) => secretProblems(part, `${path}[${i}]`))
  if (!isPlain(value)) return []
  return Object.entries(value).flatMap(([key, part]) => secretProblems(part, `${path}.${key}`))
}

/** Parses a value of `-e`: as text, or as JSON when the schema needs another type, such as in `-e lvs=false`. */
function parseVariable(
  field: z.ZodType,
  value: unknown,
  isText: boolean,
): { readonly input: unknown; readonly parsed: z.ZodSafeParseResult<unknown> } {
  const asGiven = { input: value, parsed: field.safeParse(value) }
  if (asGiven.parsed.success || !isText) return asGiven
  try {
    const input: unknown = JSON.parse(value as string)
    const parsed = field.safeParse(input)
    return parsed.success ? { input, parsed } : asGiven
  } catch {
    return asGiven
  }
}
