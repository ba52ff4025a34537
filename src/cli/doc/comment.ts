/** The doc comment of a module, in its parts. */
export interface Comment {
  readonly paragraphs: readonly string[]
  /** TypeScript, as it would stand in a play. */
  readonly example: string | undefined
  readonly see: readonly string[]
}

/** Reads the doc comment above a module's export, in what the compiler wrote of its file. */
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
