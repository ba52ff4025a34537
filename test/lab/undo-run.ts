import { execa } from 'execa'
import type { Site } from './site.ts'

/** Runs `haq undo` on what the journal says, in the lab. */
export function undoIn(site: Site, ...words: readonly string[]) {
  return execa('node', ['dist/src/cli/main.js', 'undo', ...words], {
    env: { ...site.env, FORCE_COLOR: '0' },
    reject: false,
    all: true,
    stdin: 'ignore',
  })
}

/** The lines of a text report that say what was changed, or would be; without the time that it took. */
export function changedLines(text: string): readonly string[] {
  return text.split('\n').flatMap(line => /^changed .*\)/.exec(line)?.[0] ?? [])
}
