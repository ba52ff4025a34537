import { execa, ExecaError } from 'execa'
import { LabError } from '../core/errors.ts'

/** Root's search path: after `su` a shell may not have the `sbin` folders in PATH. */
export const SEARCH_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/** The most lines of a failed program's output in an error. */
const QUOTED_LINES = 15

export interface RunOptions {
  /** The purpose of the program, for the error message: `building the image`. */
  readonly doing: string
  readonly input?: string
  /** Milliseconds. */
  readonly timeout?: number
}

/**
 * Runs a program of the machine and returns its standard output.
 * @throws {LabError} with the last lines of the program's output.
 */
export async function run(program: string, args: readonly string[], options: RunOptions): Promise<string> {
  const { doing, input, timeout } = options
  try {
    const { stdout } = await execa(program, args, {
      env: { PATH: SEARCH_PATH, LC_ALL: 'C.UTF-8' },
      ...(input === undefined ? { stdin: 'ignore' as const } : { input }),
      ...(timeout === undefined ? {} : { timeout }),
    })
    return stdout
  } catch (cause) {
    if (!(cause instanceof ExecaError)) throw cause
    const said = lastLines(
      [cause.stderr, cause.stdout, cause.originalMessage]
        .find(text => typeof text === 'string' && text !== '')
        ?.toString() ?? '',
    )
    throw new LabError(`${program} failed while ${doing}${said === '' ? '' : `:\n${said}`}`, { cause })
  }
}

/** The last lines of a long text, for an error. */
export function lastLines(text: string, count = QUOTED_LINES): string {
  return text.trimEnd().split('\n').slice(-count).join('\n')
}
