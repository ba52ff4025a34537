import type { OutputKind } from '../report/reporter.ts'
import type { DetailFlags } from './options.ts'

/** The options of every command that runs a playbook, as the command line gives them. */
export interface PlaybookFlags extends DetailFlags {
  readonly inventory?: string
  readonly limit?: readonly string[]
  readonly tags?: readonly string[]
  readonly forks?: string
  readonly extraVars?: readonly string[]
  readonly user?: string
  readonly become?: boolean
  readonly askBecomePass?: boolean
  readonly lockTimeout?: string
  readonly keepConnections?: string
  readonly outputLimit?: string
  readonly output?: OutputKind
  readonly lab?: boolean
}
