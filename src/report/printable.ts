import { MaskedText } from '../core/secret.ts'

/**
 * A text as a terminal may show it: what hosts and files say is data, and must not move the cursor, set the clipboard or
 * turn the direction of writing. Control and bidirectional characters become escapes; line breaks and tabs stay.
 * @see ECMA-48; Unicode Standard Annex #9, Explicit Directional Formatting
 */
export function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Bidi_Control}]/gu, character => {
    if (character === '\n' || character === '\t') return character
    const code = character.charCodeAt(0)
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`
  })
}

/** A value as JSON on one line, which a terminal may show: what JSON leaves as it is becomes an escape of JSON. */
export function printableJson(value: unknown): string {
  return JSON.stringify(value).replaceAll(
    /[\p{Cc}\p{Bidi_Control}]/gu,
    character => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

/** The same for every text in a value. */
export function printableValue<T>(value: T): T {
  return clean(value) as T
}

function clean(value: unknown): unknown {
  if (typeof value === 'string') return printable(value)
  if (Array.isArray(value)) return value.map(clean)
  if (typeof value !== 'object' || value === null) return value
  if (value instanceof MaskedText) return printable(value.toString())
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, clean(part)]))
}
