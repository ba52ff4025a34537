import { inspect } from 'node:util'
import { MaskedText, Secret } from './secret.ts'

/**
 * POSIX `sh` text. Made only by the `sh` template, so that nothing reaches a shell unquoted.
 * It prints with its secrets masked.
 */
export class Script extends MaskedText {
  get kind(): 'script' {
    return 'script'
  }
}

type ShellWord = string | number | Secret
type ShellValue = ShellWord | Script | readonly ShellWord[]

/**
 * Quotes a word for POSIX sh.
 *
 * zx's own `quote` writes `$'…'`, which dash and other POSIX shells take literally; single quotes mean the same everywhere.
 * @see POSIX.1-2017, Shell Command Language, 2.2.2 Single-Quotes
 */
function quote(word: string): string {
  if (word.includes('\0')) throw new TypeError('a shell word cannot hold a NUL byte')
  // `NAME=value` is plain enough, but where a command is expected a shell would take it for an assignment.
  return /^(?!\w+=)[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}

function render(value: ShellValue, show: (secret: Secret | Script) => string): string {
  if (value instanceof Script) return show(value)
  if (value instanceof Secret) return quote(show(value))
  if (Array.isArray(value)) return (value as readonly ShellWord[]).map(word => render(word, show)).join(' ')
  // What slips past the types (a playbook in JavaScript) would become a word like `undefined` on a host.
  if (typeof value !== 'string' && typeof value !== 'number')
    throw new TypeError(`sh takes strings, numbers, secrets, scripts and arrays of words, not ${inspect(value)}`)
  return quote(String(value))
}

function hidesSomething(value: ShellValue): boolean {
  if (Array.isArray(value)) return value.some(hidesSomething)
  return value instanceof Secret || (value instanceof Script && value.hidesSomething)
}

/**
 * The only way to shell text: `` sh`chown ${owner} ${path}` ``. Strings and numbers become one quoted word each, an
 * array becomes its words, a `Script` goes in as it is, and a `Secret` is quoted and stays masked when the script is printed.
 *
 * A secret may stand only where a shell builtin reads it (`printf %s ${secret} | …`): an external command would show it
 * in the host's process list.
 */
export function sh(strings: TemplateStringsArray, ...values: readonly ShellValue[]): Script {
  // `raw`, because a backslash in a script is the shell's, not JavaScript's.
  const fill = (show: (secret: Secret | Script) => string): string =>
    strings.raw.reduce((text, part, i) => text + render(values[i - 1] as ShellValue, show) + part)
  const revealed = fill(secret => secret.reveal())
  return new Script(revealed, values.some(hidesSomething) ? fill(secret => secret.toString()) : revealed)
}

/** Joins scripts into one, a line break between them. */
export function lines(...scripts: readonly Script[]): Script {
  return new Script(scripts.map(s => s.reveal()).join('\n'), scripts.map(s => s.toString()).join('\n'))
}
