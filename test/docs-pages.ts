import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The folder of the project. */
export const root = fileURLToPath(new URL('../../', import.meta.url))

export const read = (path: string): string => readFileSync(join(root, path), 'utf8')

/** Every page that readers are led to. */
export const pages: readonly string[] = [
  ...['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'SECURITY.md', 'test/bench/README.md'],
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter(file => file.endsWith('.md'))
    .map(file => join('docs', file)),
]

/** A block of code on a page. */
export interface Fence {
  readonly page: string
  /** The line of the page on which the code starts. */
  readonly line: number
  /** What stands behind the opening backticks, such as `ts fragment`. */
  readonly info: string
  readonly code: string
  /** What a comment right above the block puts around it, as a reader does in thought; `…` stands for the block. */
  readonly frame: string | undefined
}

/** The blocks of code of a page. */
export function fencesOf(page: string): readonly Fence[] {
  const text = read(page)
  return [...text.matchAll(/(?:^<!-- frame\n([^]*?)-->\n+)?^```(.*)\n([^]*?)^```$/gm)].map(match => {
    const [whole, frame, info = '', code = ''] = match
    const start = match.index + whole.length - code.length - '```'.length
    return { page, line: text.slice(0, start).split('\n').length, info, code, frame }
  })
}
