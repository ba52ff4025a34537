import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { LabError } from '../core/errors.ts'
import { labPaths } from './paths.ts'
import type { Subnet } from './subnet.ts'
import type { LabSpec } from './types.ts'

/** The version of the state's format. It grows when haq can no longer read older states. */
const VERSION = 2

/** The saved state of a lab. Everything else is asked of the kernel. */
export interface LabState {
  readonly version: typeof VERSION
  readonly spec: LabSpec
  readonly subnet: Subnet
  /** The lower layers of the hosts' root file systems, the topmost first. */
  readonly layers: readonly string[]
}

/** The state of a new lab. */
export const newState = (spec: LabSpec, subnet: Subnet, layers: readonly string[]): LabState => ({
  version: VERSION,
  spec,
  subnet,
  layers,
})

/**
 * Reads a lab's state; `undefined` when there is none.
 * @throws {LabError} the state can't be parsed.
 */
export async function readState(id: string): Promise<LabState | undefined> {
  const text = await readFile(labPaths(id).state, 'utf8').catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  })
  return text === undefined ? undefined : parseState(id, text)
}

function parseState(id: string, text: string): LabState {
  const broken = (cause?: unknown) =>
    new LabError(`the state of lab ${id} can't be understood`, { hint: 'remove the lab with haq lab down', cause })
  try {
    const state = JSON.parse(text) as LabState | { readonly version: unknown }
    if (state.version === VERSION) return state as LabState
  } catch (cause) {
    throw broken(cause)
  }
  throw broken()
}

/** Writes a lab's state atomically. */
export async function writeState(state: LabState): Promise<void> {
  await replaceFile(labPaths(state.spec.id).state, `${JSON.stringify(state, undefined, 2)}\n`)
}

/** Writes a file atomically that only root can read. */
export async function replaceFile(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  await writeFile(`${path}.new`, text, { mode: 0o600 })
  await rename(`${path}.new`, path)
}
