import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join, relative, resolve } from 'node:path'
import * as z from 'zod'
import { UsageError } from '../core/errors.ts'
import { schemaProblems } from '../core/schema.ts'
import { importDefault } from '../loader/import-default.ts'
import { whyNotTrusted } from '../loader/trusted-file.ts'
import type { OutputKind } from '../report/reporter.ts'
import { mostOutput } from '../transport/limits.ts'

const seconds = z.number().min(0).max(86_400)

const configSchema = z.strictObject({
  /** The default of `-i`; a relative path starts at the folder of this file. */
  inventory: z.string().optional(),
  forks: z.int().min(1).max(1000).optional(),
  output: z.enum(['pretty', 'plain', 'json']).optional(),
  user: z.string().optional(),
  become: z.boolean().optional(),
  lockTimeout: seconds.optional(),
  keepConnections: seconds.optional(),
  sshEnvironment: z.array(z.string()).optional(),
  outputLimit: z.int().min(1).max(mostOutput).optional(),
})

/** Defaults for the command line. Options on the command line override them. */
export type Config = z.output<typeof configSchema>

/** The inventory of the command line, or else of the configuration. @throws {UsageError} when neither names one */
export function inventoryPath(flags: { readonly inventory?: string }, config: Config): string {
  const path = flags.inventory ?? config.inventory
  if (path !== undefined) return path
  throw new UsageError('no inventory is named', { hint: 'name it with -i, or as inventory in haq.config.ts' })
}

/** The output format: of the command line, else of the configuration, else the best one for standard output. */
export function outputKind(
  { output, verbose = 0 }: { readonly output?: OutputKind; readonly verbose?: number },
  config: Config,
): OutputKind {
  // `-v` prints a line for each script at once; such lines would disturb the tree.
  return output ?? (verbose > 0 ? 'plain' : undefined) ?? config.output ?? (process.stdout.isTTY ? 'pretty' : 'plain')
}

/**
 * Reads `haq.config.{ts,js,json,yaml,yml}` from the working directory or the nearest folder above it that has one.
 * @throws {UsageError} when it can't be read, or has an unknown key or a wrong value
 */
export function readConfig(): Promise<Config> {
  return (read ??= findConfig())
}

/** The configuration, read only once, although several parts of a command need it. */
let read: Promise<Config> | undefined

const searchPlaces = ['ts', 'js', 'json', 'yaml', 'yml'].map(ending => `haq.config.${ending}`)

/**
 * Whether there is a configuration that can be trusted: it may be code, which runs as the user. This check also takes
 * less time than loading cosmiconfig.
 */
function hasConfig(): boolean {
  const global = join(process.env['XDG_CONFIG_HOME'] ?? join(homedir(), '.config'), 'haq')
  const nearest = (folder: string): string | undefined => {
    const path = searchPlaces.map(name => join(folder, name)).find(existsSync)
    if (path !== undefined) return path
    return dirname(folder) === folder ? undefined : nearest(dirname(folder))
  }
  const path = nearest(process.cwd())
  if (path === undefined) return existsSync(global)
  const reason = whyNotTrusted(path)
  if (reason === undefined) return true
  process.stderr.write(`warning: ${path} is not used, because ${reason}\n`)
  return false
}

/** Makes a relative inventory path start at the configuration's folder, because haq may run in a folder below it. */
function withInventory({ inventory, ...config }: Config, folder: string): Config {
  if (inventory === undefined) return config
  return { ...config, inventory: relative(process.cwd(), resolve(folder, inventory)) }
}

async function findConfig(): Promise<Config> {
  if (!hasConfig()) return {}
  const { cosmiconfig } = await import('cosmiconfig')
  const code = (path: string): Promise<unknown> => importDefault(path)
  const explorer = cosmiconfig('haq', {
    searchPlaces,
    loaders: { '.ts': code, '.js': code },
    stopDir: '/',
    searchStrategy: 'global',
  })
  const found = await explorer.search().catch((cause: unknown) => {
    throw new UsageError(`haq.config can't be read: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    })
  })
  if (!found) return {}
  const source = relative(process.cwd(), found.filepath)
  const parsed = configSchema.safeParse(found.config ?? {})
  if (parsed.success) return withInventory(parsed.data, dirname(found.filepath))
  const problems = schemaProblems(parsed.error, source).map(({ path, message }) => `\n  ${source}: ${path}: ${message}`)
  throw new UsageError(`${source} is refused${problems.join('')}`)
}
