/**
 * Any bytes, one character (U+0000 to U+00FF) a byte. Files on a host may hold what is not UTF-8; kept this way every
 * byte survives, comparing is `===`, and ASCII can be searched and replaced as in any string.
 */
export type ByteString = string

/** The bytes of a text in UTF-8. */
export function utf8Bytes(text: string): ByteString {
  return Buffer.from(text, 'utf8').toString('latin1')
}

/** The text that bytes stand for; what is not UTF-8 shows as U+FFFD. */
export function utf8Text(bytes: ByteString): string {
  return Buffer.from(bytes, 'latin1').toString('utf8')
}

/** Text that a host printed, as an error may quote it: escaped, and its beginning alone. */
export function quoted(printed: string): string {
  return JSON.stringify(printed.length > 80 ? `${printed.slice(0, 80)}…` : printed)
}
