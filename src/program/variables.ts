import { UsageError } from '../core/errors.ts'

/** Variables from words such as `port=80`; of two with one name the later wins. @throws {UsageError} for any other word */
export function parseVariables(words: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    words.map(word => {
      const at = word.indexOf('=')
      if (at < 1) throw new UsageError(`-e takes key=value, not ${word}`)
      return [word.slice(0, at), word.slice(at + 1)] as const
    }),
  )
}

/** Variables as the words that give them. */
export function variableWords(vars: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(vars).map(([name, value]) => `${name}=${value}`)
}
