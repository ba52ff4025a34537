/** The parts of a module's doc comment. */
export interface Comment {
  readonly paragraphs: readonly string[]
  /** The example, TypeScript for the list of tasks of a play. */
  readonly example: string | undefined
  readonly see: readonly string[]
}

/** Reads the doc comment of a module's export from the declaration file that the compiler wrote. */
export function readComment(declarations: string, name: string): Comment {
  const [, stars = ''] =
    new RegExp(`/\\*\\*((?:(?!\\*/)[^])*)\\*/\\s*export declare const ${name}\\b`).exec(declarations) ?? []
  const [text = '', ...tags] = stars.replace(/^\s*\* ?/gm, '').split(/^@(?=[a-z]+\s)/m)
  const tagged = (tag: string): readonly string[] =>
    tags.filter(part => part.startsWith(tag)).map(part => part.slice(tag.length).trim())
  return {
    paragraphs: text
      .trim()
      .split(/\n{2,}/)
      .filter(Boolean)
      .map(joinLines),
    example: tagged('example')[0]?.replace(/^```ts\n|\n```$/g, ''),
    see: tagged('see').map(joinLines),
  }
}

function joinLines(text: string): string {
  return text.replace(/\s*\n\s*/g, ' ')
}
