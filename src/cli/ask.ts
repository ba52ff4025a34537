import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import { UsageError } from '../core/errors.ts'
import { Secret } from '../core/secret.ts'

/** Reads a password: at a terminal by a prompt without echo, else from the first line of standard input. */
export async function readPassword(prompt: string): Promise<Secret> {
  const { stdin, stderr } = process
  // readline echoes each key to its output, so its output discards everything.
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() })
  const lines = createInterface({ input: stdin, output: silent, terminal: stdin.isTTY })
  if (stdin.isTTY) stderr.write(prompt)
  const line = await new Promise<string>(resolve => {
    lines
      .once('line', resolve)
      .once('close', () => resolve(''))
      .once('SIGINT', () => lines.close())
  })
  lines.close()
  if (stdin.isTTY) stderr.write('\n')
  if (line === '') throw new UsageError('no password was given')
  return new Secret(line)
}
