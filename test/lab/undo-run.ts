import { execa } from 'execa'
import type { Site } from './site.ts'

/** Runs `haq undo` in the lab. */
export function undoIn(site: Site, ...words: readonly string[]) {
  return execa('node', ['dist/src/cli/main.js', 'undo', ...words], {
    env: { ...site.env, FORCE_COLOR: '0' },
    reject: false,
    all: true,
    stdin: 'ignore',
  })
}

/** The lines of a text report with changes, without the durations. */
export function changedLines(text: string): readonly string[] {
  return text.split('\n').flatMap(line => /^changed .*\)/.exec(line)?.[0] ?? [])
}
