import { UsageError } from '../core/errors.ts'

/** Parses words such as `port=80`; the last one with the same name wins. @throws {UsageError} for any other word */
export function parseVariables(words: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    words.map(word => {
      const at = word.indexOf('=')
      if (at < 1) throw new UsageError(`-e takes key=value, not ${word}`)
      return [word.slice(0, at), word.slice(at + 1)] as const
    }),
  )
}

/** The words for variables, such as `port=80`. */
export function variableWords(vars: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(vars).map(([name, value]) => `${name}=${value}`)
}
