import * as z from 'zod'
import type { Problem } from '../core/errors.ts'
import { schemaProblems } from '../core/schema.ts'
import type { Inventory, InventoryHost, Variable } from './inventory.ts'
import { resolveSecret, secretSourceOf, SecretProblem } from './secrets.ts'

/** A host's variables as the playbook's schema has them, and what is wrong with them. */
export interface CheckedVariables {
  readonly values: Readonly<Record<string, unknown>>
  readonly problems: readonly (Problem & { readonly variable: string })[]
}

const uniqueKey = 'haqUnique'

/** A variable that no two hosts of a group may share, such as a VRRP priority. */
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
 * Checks the variables that a playbook declares, for every host of the inventory, secrets resolved. Variables that the
 * playbook does not declare are other playbooks' business.
 * @param extra the `-e` variables, which win over the inventory
 */
export async function checkVariables(
  inventory: Inventory,
  schema: z.ZodObject,
  extra: ReadonlyMap<string, string>,
): Promise<ReadonlyMap<string, CheckedVariables>> {
  const secrets = new Map<string, ReturnType<typeof resolveSecret>>()
  const resolve = (value: unknown): unknown => {
    const source = secretSourceOf(value)
    if (!source) return value
    const key = JSON.stringify(source)
    const known = secrets.get(key) ?? resolveSecret(source, inventory.source)
    secrets.set(key, known)
    return known
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
  const values: Record<string, unknown> = {}
  const problems: CheckedVariables['problems'][number][] = []
  for (const [name, field] of Object.entries(schema.shape)) {
    const variable = variables.get(name)
    const value = variable?.value
    const path = variable ? variable.path : `vars.${name}`
    if (value instanceof SecretProblem) {
      problems.push({ source, path, message: value.message, variable: name })
      continue
    }
    const parsed = parseVariable(field as z.ZodType, value, path === '-e')
    if (parsed.success) values[name] = parsed.data
    else if (value === undefined)
      problems.push({ source, path, message: `is missing for ${host.name}`, variable: name })
    else
      problems.push(
        ...schemaProblems(parsed.error, path === '-e' ? '' : source, path === '-e' ? `-e ${name}` : path).map(
          problem => ({
            ...problem,
            variable: name,
          }),
        ),
      )
  }
  return { values, problems }
}

/** A value of `-e` is text; where the schema wants something else, it is read as JSON: `-e lvs=false`. */
function parseVariable(field: z.ZodType, value: unknown, isText: boolean): z.ZodSafeParseResult<unknown> {
  const asGiven = field.safeParse(value)
  if (asGiven.success || !isText) return asGiven
  try {
    const asJson = field.safeParse(JSON.parse(value as string))
    return asJson.success ? asJson : asGiven
  } catch {
    return asGiven
  }
}
