import { MaskedText } from '../core/secret.ts'

/**
 * Makes a text safe for a terminal: the output of hosts and the content of files must not move the cursor, set the
 * clipboard or change the direction of text. Control and bidirectional characters become escapes; line breaks and tabs
 * stay.
 * @see ECMA-48; Unicode Standard Annex #9, Explicit Directional Formatting
 */
export function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Bidi_Control}]/gu, character => {
    if (character === '\n' || character === '\t') return character
    const code = character.charCodeAt(0)
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`
  })
}

/** A value as one line of JSON that is safe for a terminal: characters that JSON does not escape are escaped, too. */
export function printableJson(value: unknown): string {
  return JSON.stringify(value).replaceAll(
    /[\p{Cc}\p{Bidi_Control}]/gu,
    character => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

/** Applies `printable` to every string in a value. */
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
