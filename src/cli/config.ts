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
  /** What `-i` is when it is not given; relative to the folder of this file. */
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

/** Defaults for the command line, which wins over them. */
export type Config = z.output<typeof configSchema>

/** The inventory that a command line names, or else the configuration. @throws {UsageError} when neither does */
export function inventoryPath(flags: { readonly inventory?: string }, config: Config): string {
  const path = flags.inventory ?? config.inventory
  if (path !== undefined) return path
  throw new UsageError('no inventory is named', { hint: 'name it with -i, or as inventory in haq.config.ts' })
}

/** How to report: as the command line says, or else the configuration, or else as standard output can show it. */
export function outputKind(
  { output, verbose = 0 }: { readonly output?: OutputKind; readonly verbose?: number },
  config: Config,
): OutputKind {
  // What `-v` shows comes as it happens, line by line, and would break into a tree.
  return output ?? (verbose > 0 ? 'plain' : undefined) ?? config.output ?? (process.stdout.isTTY ? 'pretty' : 'plain')
}

/**
 * Reads `haq.config.{ts,js,json,yaml,yml}` from the working directory or the nearest folder above it that has one.
 * @throws {UsageError} when it can't be read, or says something that haq does not know
 */
export function readConfig(): Promise<Config> {
  return (read ??= findConfig())
}

/** Several parts of one command ask; the folders are searched, and a TypeScript file is compiled, once. */
let read: Promise<Config> | undefined

const searchPlaces = ['ts', 'js', 'json', 'yaml', 'yml'].map(ending => `haq.config.${ending}`)

/**
 * Whether there is a configuration that may be trusted; it is code that runs as the user. Looking also costs less than
 * loading cosmiconfig.
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

/** A relative inventory counts from the folder of the configuration, wherever below it haq is called. */
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
