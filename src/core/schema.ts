import * as z from 'zod'
import type { HostRef } from './fact.ts'
import type { Problem } from './errors.ts'
import { Secret } from './secret.ts'

// Titles are the words in which `haq doc` says what a parameter takes, where JSON Schema knows no type for it.

/** Whether a thing is to be there. */
export const presence = z.enum(['present', 'absent']).default('present').describe('whether it is to be there')

/** A parameter or variable that takes a `Secret`. */
export function secret(): z.ZodType<Secret, Secret> {
  return z
    .custom<Secret>(value => value instanceof Secret, {
      error: 'takes a secret: secret.env(NAME), secret.file(PATH) or secret.command(WORDS) in the inventory',
    })
    .meta({ title: 'secret' })
}

/** A parameter that takes a host of the inventory, such as `group('web').first`. */
export function hostRef(): z.ZodType<HostRef, HostRef> {
  return z
    .custom<HostRef>(
      value => typeof value === 'object' && value !== null && 'name' in value && typeof value.name === 'string',
      { error: "takes a host of the inventory, such as group('web').first" },
    )
    .meta({ title: 'host' })
}

/** An absolute path without `.` or `..` in it. */
export const absolutePath = z
  .string()
  .regex(/^\/(?!.*(^|\/)\.{1,2}(\/|$))/s, { error: 'takes an absolute path, without . or .. in it' })
  .regex(/^\P{Cc}*$/u, { error: 'takes a path without control characters' })
  .meta({ title: 'absolute path' })

/** A user or group, by its name or its number. */
export const account = z
  .string()
  .regex(/^(?!-)[^\p{Cc}:]+$/u, { error: 'takes the name of a user or group, or its number' })
  .meta({ title: 'user or group' })

/** A word of a command: no program can be given a NUL byte. */
export const word = z.string().regex(/^[^\0]*$/, { error: 'takes a text without a NUL byte' })

/** A network interface that a host has or is to have: the kernel's own rule, without what a shell or a sysctl would trip over. */
export const interfaceName = z
  .string()
  .regex(/^[A-Za-z0-9][\w.-]{0,14}$/, { error: 'takes an interface name of up to 15 characters' })
  .meta({ title: 'interface name' })

/** Permission bits as four octal digits. */
export const fileMode = z
  .string()
  .regex(/^[0-7]{4}$/, { error: "takes four octal digits, such as '0644'" })
  .meta({ title: 'file mode' })

/** Turns what zod found into problems, each with the path to the value. */
export function schemaProblems(error: z.ZodError, source: string, prefix = ''): readonly Problem[] {
  return error.issues.map(issue => ({
    source,
    path: issue.path.reduce<string>(
      (path, key) =>
        typeof key === 'number' ? `${path}[${key}]` : path === '' ? String(key) : `${path}.${String(key)}`,
      prefix,
    ),
    // What a name must look like is said by the schema of the names.
    message: (issue.code === 'invalid_key' && issue.issues[0]?.message) || issue.message,
  }))
}
