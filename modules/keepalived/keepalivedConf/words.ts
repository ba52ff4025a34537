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

export const address = z.string().refine(text => isIP(text) !== 0 && !text.includes('%'), {
  error: 'takes an IPv4 or IPv6 address, without a prefix',
})

/** 4 or 6 by the family of an address. */
export function familyOf(address: string): number {
  // What was left out is the usual case, and isIP's first look at it would make its rule for IPv6, at every start.
  return address === '' ? 0 : isIP(address)
}

// Comments, quotes, escapes, blocks and parameters begin with these wherever they stand.
const harmless = String.raw`(?!["'\\{}!#$])`

/** One word that keepalived's parser takes as it stands, also as the first of a line, where @ and ~ mean something. */
export const word = z.string().regex(new RegExp(`^(?![@~])(?:${harmless}[\\x21-\\x7e]){1,255}$`), {
  error: 'takes one word of ASCII, without quotes, backslashes, braces, ! # $, and no @ or ~ in front',
})

/** A program with its arguments, as it stands between double quotes. */
export const command = z
  .string()
  .regex(new RegExp(`^/(?:${harmless}[\\x20-\\x7e]|'(?:${harmless}[\\x20-\\x7e])*')*$`), {
    error:
      'takes an absolute path and arguments on one line of ASCII, without double quotes, backslashes, braces and ! # $ ' +
      '(an argument with spaces stands in single quotes; anything longer belongs into a script)',
  })

/** A program by its name or path, without arguments. */
export const processName = z.string().regex(/^(?:\/[\w./@:+-]{1,254}|[\w.@:+-]{1,255})$/, {
  error: "takes a program's name or absolute path, without arguments, such as beam.smp",
})

/** The path of a page, as it stands in a request. */
export const urlPath = z.string().regex(new RegExp(`^/(?:${harmless}[\\x21-\\x7e])*$`), {
  error: 'takes a path such as /health: visible ASCII without quotes, backslashes, braces and ! # $',
})

export const user = z.string().regex(/^[A-Za-z_][\w.-]*( [A-Za-z_][\w.-]*)?$/, {
  error: "takes a user, or a user and a group with one space between, such as 'nobody nogroup'",
})

export const label = z
  .string()
  .regex(/^[A-Za-z0-9_.:-]+$/, { error: 'takes letters, digits, dots, colons, dashes and underscores' })
  .max(15, { error: 'takes at most 15 characters: keepalived leaves out an address whose label is longer' })

const weight = whole(-253, 253)

/** Turns a bare name into a tracked thing without a weight of its own. */
export function tracked(name: z.ZodString) {
  const entry = z.strictObject({
    name,
    weight: weight
      .optional()
      .describe('points added to or taken off the priority, -253 to 253; 0 means FAULT on failure'),
  })
  return z.preprocess(
    (value: string | z.input<typeof entry>) => (typeof value === 'string' ? { name: value } : value),
    entry,
  )
}

/** A mistake in the parameters: where it is, and what would be right. */
export interface Mistake {
  readonly path: readonly (string | number)[]
  readonly message: string
}

/**
 * A check of values against each other. It is made even where single values are wrong, so that the operator reads all
 * mistakes at once; only values of a wrong type keep it from being made.
 */
export function mistakes<T>(find: (value: T) => Iterable<Mistake>): z.core.$ZodCheck<T> {
  return z.superRefine<T>(
    (value, context) => {
      for (const { path, message } of find(value)) context.addIssue({ code: 'custom', path: [...path], message })
    },
    { when: ({ issues }) => issues.every(({ code }) => code !== 'invalid_type' && code !== 'invalid_union') },
  )
}

/** The indices of values that stand in the list before. */
export function repeated(values: readonly (string | undefined)[]): readonly number[] {
  return values.flatMap((value, index) => (value !== undefined && values.indexOf(value) < index ? [index] : []))
}
