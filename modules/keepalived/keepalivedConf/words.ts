import { isIP } from 'node:net'
import * as z from 'zod'

/**
 * A whole number in a range.
 * @param unit what is counted, such as `seconds`
 */
export function whole(min: number, max: number, unit = ''): z.ZodInt {
  const error = `takes a whole number${unit && ` of ${unit}`} from ${min} to ${max}`
  return z.int({ error }).min(min, { error }).max(max, { error })
}

/** Seconds in a range, fractions allowed. */
export function seconds(min: number, max: number): z.ZodNumber {
  const error = `takes seconds from ${min} to ${max}`
  return z.number({ error }).min(min, { error }).max(max, { error })
}

export const port = whole(1, 65_535)

export const address = z
  .string()
  .refine(text => isIP(text) !== 0 && !text.includes('%'), {
    error: 'takes an IPv4 or IPv6 address, without a prefix',
  })
  .meta({ title: 'IP address' })

/** 4 or 6 by the family of an address. */
export function familyOf(address: string): number {
  // An undefined value is the usual case. isIP compiles its IPv6 pattern at the first call, which would slow down every
  // start.
  return address === '' ? 0 : isIP(address)
}

// These characters start comments, quotes, escapes, blocks and parameters, wherever they stand.
const harmless = String.raw`(?!["'\\{}!#$])`

/** A word that keepalived's parser takes literally, even as the first word of a line, where @ and ~ have a meaning. */
export const word = z.string().regex(new RegExp(`^(?![@~])(?:${harmless}[\\x21-\\x7e]){1,255}$`), {
  error: 'takes one word of ASCII, without quotes, backslashes, braces, ! # $, and no @ or ~ in front',
})

/** A program with its arguments, as written between double quotes. */
export const command = z
  .string()
  .regex(new RegExp(`^/(?:${harmless}[\\x20-\\x7e]|'(?:${harmless}[\\x20-\\x7e])*')*$`), {
    error:
      'takes an absolute path and arguments on one line of ASCII, without double quotes, backslashes, braces and ! # $ ' +
      '(put an argument with spaces into single quotes; put anything longer into a script)',
  })
  .meta({ title: 'command' })

/** The name or path of a program, without arguments. */
export const processName = z.string().regex(/^(?:\/[\w./@:+-]{1,254}|[\w.@:+-]{1,255})$/, {
  error: "takes a program's name or absolute path, without arguments, such as beam.smp",
})

/** The path of a page, as written in an HTTP request. */
export const urlPath = z.string().regex(new RegExp(`^/(?:${harmless}[\\x21-\\x7e])*$`), {
  error: 'takes a path such as /health: visible ASCII without quotes, backslashes, braces and ! # $',
})

export const user = z.string().regex(/^[A-Za-z_][\w.-]*( [A-Za-z_][\w.-]*)?$/, {
  error: "takes a user, or a user and a group with one space between, such as 'nobody nogroup'",
})

export const label = z
  .string()
  .regex(/^[A-Za-z0-9_.:-]+$/, { error: 'takes letters, digits, dots, colons, dashes and underscores' })
  .max(15, { error: 'takes at most 15 characters: keepalived drops an address with a longer label' })

const weight = whole(-253, 253)

/** Turns a bare name into a tracked object without a weight. */
export function tracked(name: z.ZodString) {
  const entry = z.strictObject({
    name,
    weight: weight
      .optional()
      .describe(
        'points added to the priority (above 0) or subtracted from it (below 0), -253 to 253; 0 means FAULT on failure',
      ),
  })
  return z
    .preprocess((value: string | z.input<typeof entry>) => (typeof value === 'string' ? { name: value } : value), entry)
    .meta({ title: 'name or object' })
}

/** A mistake in the parameters: its path, and what would be right. */
export interface Mistake {
  readonly path: readonly (string | number)[]
  readonly message: string
}

/**
 * A check of several values together. It also runs if single values are wrong, so that the operator reads all mistakes
 * at once. It does not run if a value has a wrong type.
 */
export function mistakes<T>(find: (value: T) => Iterable<Mistake>): z.core.$ZodCheck<T> {
  return z.superRefine<T>(
    (value, context) => {
      for (const { path, message } of find(value)) context.addIssue({ code: 'custom', path: [...path], message })
    },
    { when: ({ issues }) => issues.every(({ code }) => code !== 'invalid_type' && code !== 'invalid_union') },
  )
}

/** The indices of values that occur earlier in the list. */
export function repeated(values: readonly (string | undefined)[]): readonly number[] {
  return values.flatMap((value, index) => (value !== undefined && values.indexOf(value) < index ? [index] : []))
}
