import { inspect } from 'node:util'
import * as z from 'zod'

/** A parameter, in words for a person. */
export interface Param {
  readonly name: string
  /** The values that it takes, such as `whole number (1 to 255)`. */
  readonly takes: string
  readonly isRequired: boolean
  /** Its default, as a playbook would write it. */
  readonly fallback: string | undefined
  readonly description: string
  /** The kinds of objects that it takes. */
  readonly forms: readonly Form[]
}

/** The parameters of an object, or of one of the forms that an object may have. */
export interface Form {
  /** The property that tells this form from the others, such as `type 'tcp'`; empty when there is only one form. */
  readonly when: string
  readonly params: readonly Param[]
}

interface JsonSchema {
  /** The word for a kind of value that JSON Schema has no type for, such as a secret. */
  readonly title?: string
  readonly type?: string
  readonly format?: string
  readonly description?: string
  readonly default?: unknown
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly anyOf?: readonly JsonSchema[]
  readonly oneOf?: readonly JsonSchema[]
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly additionalProperties?: JsonSchema | boolean
  readonly required?: readonly string[]
  readonly items?: JsonSchema
  readonly minimum?: number
  readonly exclusiveMinimum?: number
  readonly maximum?: number
  readonly minLength?: number
  readonly maxLength?: number
  readonly minItems?: number
  readonly maxItems?: number
}

/** Reads the parameters of a module from its schema. */
export function readParams(schema: z.ZodObject): readonly Param[] {
  return paramsOf(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as JsonSchema)
}

function paramsOf({ properties = {}, required = [] }: JsonSchema): readonly Param[] {
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    takes: words(schema),
    isRequired: required.includes(name),
    fallback: schema.default === undefined ? undefined : literal(schema.default),
    description: schema.description ?? '',
    forms: formsOf(schema),
  }))
}

function formsOf(schema: JsonSchema): readonly Form[] {
  const { properties, additionalProperties: values, items } = schema
  if (properties) return [{ when: '', params: paramsOf(schema) }]
  if (items) return formsOf(items)
  if (typeof values === 'object') return formsOf(values)
  const forms = choicesOf(schema).flatMap(choice => formsOf(choice).map(form => ({ ...form, when: markOf(choice) })))
  return forms.length > 1 ? forms : forms.map(form => ({ ...form, when: '' }))
}

function choicesOf({ anyOf, oneOf }: JsonSchema): readonly JsonSchema[] {
  return oneOf ?? anyOf ?? []
}

/** The properties of an object that have only one possible value. They tell it from other objects. */
function markOf({ properties = {} }: JsonSchema): string {
  return Object.entries(properties)
    .flatMap(([name, { const: only }]) => (only === undefined ? [] : [`${name} ${literal(only)}`]))
    .join(', ')
}

/** Describes a kind of value in words; in the plural for the items of a list. */
function words(schema: JsonSchema, isPlural = false): string {
  const { title, type, enum: values, const: only, items, additionalProperties } = schema
  const noun = (singular: string): string => (isPlural ? plural(singular) : singular) + limitsOf(schema)
  if (title !== undefined) return noun(title)
  if (values) return either(values.map(literal))
  if (only !== undefined) return literal(only)
  const choices = choicesOf(schema)
  if (choices.length > 0) return either([...new Set(choices.map(choice => words(choice, isPlural)))])
  if (type === 'boolean') return 'true or false'
  if (items) return `${isPlural ? 'lists' : 'list'} of ${words(items, true)}${limitsOf(schema)}`
  if (typeof additionalProperties === 'object') return `${noun('object')} of ${words(additionalProperties, true)}`
  return noun(nounOf(schema))
}

const formats: Readonly<Record<string, string>> = { ipv4: 'IPv4 address', ipv6: 'IPv6 address' }
const types: Readonly<Record<string, string>> = { integer: 'whole number', array: 'list' }

function nounOf({ type = 'value', format = '' }: JsonSchema): string {
  return formats[format] ?? types[type] ?? type
}

function plural(noun: string): string {
  return noun
    .split(' or ')
    .map(word => `${word}${word.endsWith('s') ? 'es' : 's'}`)
    .join(' or ')
}

/** British, because American English puts a comma before `or`. */
const disjunction = new Intl.ListFormat('en-GB', { type: 'disjunction' })

function either(choices: readonly string[]): string {
  return disjunction.format(choices)
}

/** The range of a number or of a length, in brackets. */
function limitsOf(schema: JsonSchema): string {
  const { minimum, exclusiveMinimum, maximum, minLength, maxLength, minItems, maxItems } = schema
  const limits = [
    exclusiveMinimum === undefined ? '' : `more than ${exclusiveMinimum}`,
    range(minimum, maximum),
    range(minLength, maxLength, ' characters'),
    range(minItems, maxItems),
  ].filter(Boolean)
  return limits.length > 0 ? ` (${limits.join(', ')})` : ''
}

function range(low: number | undefined, high: number | undefined, unit = ''): string {
  const min = bounded(low)
  const max = bounded(high)
  if (min !== undefined && max !== undefined) return `${min} to ${max}${unit}`
  if (min !== undefined) return `at least ${min}${unit}`
  return max === undefined ? '' : `at most ${max}${unit}`
}

/** JSON Schema names the smallest and the largest whole number of JavaScript where a schema sets no limit. */
function bounded(limit: number | undefined): number | undefined {
  return limit === undefined || Math.abs(limit) === Number.MAX_SAFE_INTEGER ? undefined : limit
}

/** A value as a playbook would write it. */
function literal(value: unknown): string {
  return inspect(value, { depth: null, breakLength: Infinity })
}
