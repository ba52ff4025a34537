import { readFile, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { Secret } from '../core/secret.ts'
import { isSecretSource, secretInText, type SecretSource } from './definition.ts'

/** Stands for the value of a secret that could not be read. */
export class SecretProblem {
  readonly message: string

  constructor(message: string) {
    this.message = message
  }
}

/** The source of a secret that a value of the inventory names, if it does. */
export function secretSourceOf(value: unknown): SecretSource | undefined {
  if (isSecretSource(value)) return value
  const text = secretInText.safeParse(value)
  if (!text.success) return undefined
  const { env, optional = false, file, command } = text.data.secret
  if (env !== undefined) return { kind: 'env', name: env, optional }
  if (file !== undefined) return { kind: 'file', path: file }
  return { kind: 'command', words: command ?? [] }
}

/**
 * Reads a secret from its source.
 * @param inventoryFile relative paths of secret files start at its folder
 * @returns `undefined` for an optional source without a value
 */
export async function resolveSecret(
  source: SecretSource,
  inventoryFile: string,
): Promise<Secret | SecretProblem | undefined> {
  try {
    const text = await secretText(source, inventoryFile)
    if (text === undefined && source.kind === 'env' && source.optional) return undefined
    if (text === undefined || text === '') return new SecretProblem(emptyMessage(source))
    return new Secret(text)
  } catch (cause) {
    return new SecretProblem(`the secret can't be read: ${cause instanceof Error ? cause.message : String(cause)}`)
  }
}

async function secretText(source: SecretSource, inventoryFile: string): Promise<string | undefined> {
  switch (source.kind) {
    case 'env':
      return process.env[source.name]
    case 'file':
      return firstLine(await readPrivateFile(source.path, inventoryFile))
    case 'command': {
      const { execa } = await import('execa')
      const [command = '', ...words] = source.words
      const result = await execa(command, words, { stdin: 'inherit', stderr: 'inherit', reject: false })
      if (result.failed) throw new Error(result.shortMessage)
      return firstLine(result.stdout)
    }
  }
}

function firstLine(text: string): string {
  return text.split(/\r?\n/, 1)[0] ?? ''
}

function emptyMessage(source: SecretSource): string {
  switch (source.kind) {
    case 'env':
      return `the secret is missing: set ${source.name} in the environment`
    case 'file':
      return `the secret is missing: ${source.path} is empty`
    case 'command':
      return `the secret is missing: ${source.words.join(' ')} printed nothing`
  }
}

/** The text of a file on the control node that holds a secret. @throws {Error} when others can read it */
async function readPrivateFile(path: string, inventoryFile: string): Promise<string> {
  const file = resolve(dirname(inventoryFile), path)
  const { mode } = await stat(file)
  if ((mode & 0o077) !== 0) throw new Error(`others can read ${path}: chmod 600 it`)
  return readFile(file, 'utf8')
}
