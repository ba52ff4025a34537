import { chmodSync, chownSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as z from 'zod'
import { absent, defineModule, play, playbook, predict, require, run, secret, sh, unknown, type Fact } from 'haq'
import { clearPending, isPending } from '../../src/facts/pending.ts'
import type { PlayOptions } from '../../src/playbook/playbook.ts'
import type { RunEvent, TaskEnded } from '../../src/engine/events.ts'
import { runPlaybook, type RunOptions, type RunResult } from '../../src/engine/run.ts'
import type { InventoryDefinition } from '../../src/inventory/definition.ts'
import { flatten } from '../../src/inventory/inventory.ts'
import { checkVariables } from '../../src/inventory/variables.ts'
import { compilePlaybook, type CompiledPlaybook } from '../../src/playbook/compile.ts'
import type { Host } from '../../src/playbook/group.ts'
import type { Task } from '../../src/core/task.ts'
import { HostShell } from '../../src/transport/host-shell.ts'
import { shellWith } from '../shells.ts'
import { inFolder } from '../temp.ts'

const nobody = 65_534

// root's pending handlers would stand outside of the folder.
export const asNobody =
  process.getuid?.() === 0 ? ['setpriv', `--reuid=${nobody}`, `--regid=${nobody}`, '--clear-groups'] : []

/**
 * Hosts that are folders of this machine: each has a real shell of an ordinary user. `$HOST` begins the paths of the
 * host's files, and what haq keeps for itself stands in its `$HOME`, all in one folder.
 */
export class Site {
  readonly folder: string
  readonly hosts: readonly string[]
  readonly events: RunEvent[] = []
  /** Scripts by host, in the order in which they were sent. */
  readonly scripts = new Map<string, string[]>()
  /** By host: where its shell looks for programs, instead of where haq lets it look. */
  readonly paths = new Map<string, string>()
  readonly #reach = new Map<string, readonly string[]>()

  constructor(folder: string, hosts: readonly string[] = ['a']) {
    this.folder = folder
    this.hosts = hosts
    chmodSync(folder, 0o1777)
  }

  path(host: string, name: string): string {
    return join(this.folder, `${host}.${name}`)
  }

  has(host: string, name: string): boolean {
    return existsSync(this.path(host, name))
  }

  read(host: string, name: string): string | undefined {
    return this.has(host, name) ? readFileSync(this.path(host, name), 'utf8') : undefined
  }

  write(host: string, name: string, text = ''): void {
    writeFileSync(this.path(host, name), text, { mode: 0o666 })
    chmodSync(this.path(host, name), 0o666)
    // In a sticky folder only its owner can remove a file.
    if (process.getuid?.() === 0) chownSync(this.path(host, name), nobody, nobody)
  }

  /** Reaches a host by other words than its own shell. */
  reachBy(host: string, exec: readonly string[]): void {
    this.#reach.set(host, exec)
  }

  /** The tasks that ended, in order, as `host task status`. */
  get ended(): readonly string[] {
    return this.tasks.map(({ host, task, status }) => `${host} ${task} ${status}`)
  }

  get tasks(): readonly TaskEnded[] {
    return this.events.filter(event => event.event === 'task')
  }

  /** Waits until so many tasks of the run that goes on have ended: proven, and reported. */
  async hasEnded(count: number): Promise<void> {
    while (this.tasks.length < count) await new Promise(resolve => setTimeout(resolve, 10))
  }

  task(name: string, host = 'a'): TaskEnded {
    const found = this.tasks.find(event => event.task === name && event.host === host)
    if (!found) throw new Error(`${name} did not end on ${host}: ${this.ended.join(', ')}`)
    return found
  }

  get warnings(): readonly string[] {
    return this.events.flatMap(event => (event.event === 'warning' ? [event.message] : []))
  }

  changes(): readonly string[] {
    return this.tasks.flatMap(({ host, changes }) =>
      changes.map(({ what, from, to }) => `${host} ${what}: ${from} → ${to}`),
    )
  }

  /** Runs plays, each on all hosts unless it says otherwise. What was seen of an earlier run is forgotten. */
  async run(plays: readonly TestPlay[], options: Partial<RunOptions> = {}): Promise<RunResult> {
    return runPlaybook(...(await this.setup(plays, options)))
  }

  /** What a run of plays is given. */
  async setup(
    plays: readonly TestPlay[],
    options: Partial<RunOptions> = {},
  ): Promise<readonly [CompiledPlaybook, RunOptions]> {
    this.events.length = 0
    this.scripts.clear()
    const definition: InventoryDefinition = {
      groups: { site: { hosts: Object.fromEntries(this.hosts.map(name => [name, null])) } },
    }
    const inventory = flatten('inv.ts', definition, [])
    const book = playbook({
      name: 'test',
      plays: ({ group }) =>
        plays.map(({ name = 'play', tasks, hosts, ...rest }) =>
          play(name, { hosts: group('site').filter(host => hosts?.includes(host.name) ?? true), ...rest }, tasks),
        ),
    })
    const variables = await checkVariables(inventory, book.vars, new Map())
    const { report, ...others } = options
    const run: RunOptions = {
      check: false,
      forks: 20,
      limit: new Set(this.hosts),
      tags: [],
      playbookSource: 'book.ts',
      secrets: [],
      openShell: host => this.#shell(host),
      signal: new AbortController().signal,
      ...others,
      report: event => {
        this.events.push(event)
        report?.(event)
      },
    }
    return [compilePlaybook(book, 'book.ts', inventory, variables), run]
  }

  #shell(host: string): HostShell {
    const own = [...asNobody, ...shellWith({ HOME: `${this.folder}/${host}`, HOST: `${this.folder}/${host}` })]
    const exec = this.#reach.get(host) ?? own
    const shell = new HostShell(host, { connection: 'exec', address: host, exec }, { up: 30, end: 0.1 })
    const path = this.paths.get(host)
    if (path !== undefined) void shell.hold(sh`PATH=${path}`)
    const sent: string[] = []
    this.scripts.set(host, sent)
    const { run, read, chain } = shell
    shell.run = (script, what, within) => {
      sent.push(String(script))
      return run.call(shell, script, what, within)
    }
    shell.read = wanted => {
      sent.push(String(wanted.script))
      return read.call(shell, wanted)
    }
    shell.chain = scripts => {
      sent.push(...scripts.map(({ script }) => String(script)))
      return chain.call(shell, scripts)
    }
    return shell
  }
}

export interface TestPlay extends Partial<Omit<PlayOptions, 'hosts' | 'facts' | 'rescue'>> {
  readonly rescue?: (host: Host, facts: Readonly<Record<string, unknown>>) => readonly Task[]
  readonly name?: string
  readonly hosts?: readonly string[]
  readonly facts?: Record<string, Fact<unknown>>
  readonly tasks: (host: Host, facts: Readonly<Record<string, unknown>>) => readonly Task[]
}

/** What a file of a host holds. */
export const content = (name: string): Fact<string | null> => ({
  key: `content:${name}`,
  script: sh`if [ -e "$HOST."${name} ]; then echo there; cat "$HOST."${name}; fi`,
  parse: text => (text === '' ? absent : text.slice('there\n'.length)),
})

/** Holds a file of a host; `script` replaces what makes it so. */
export const hold = defineModule({
  name: 'hold',
  summary: 'For tests',
  params: z.object({
    name: z.string(),
    text: z.string().default('x'),
    script: z.custom<ReturnType<typeof sh>>().optional(),
    secret: secret().optional(),
  }),
  title: ({ name }) => name,
  facts: ({ name }) => ({ now: content(name) }),
  plan: ({ name, text, script }, { now }) =>
    now === text
      ? []
      : [
          run({
            change: {
              what: name,
              from: now === absent ? 'absent' : now === unknown ? 'unknown' : now,
              to: text,
            },
            script: script ?? sh`printf %s ${text} >"$HOST."${name}`,
            undo: { impossible: 'a test' },
            predicts: [predict(content(name), text)],
          }),
        ],
})

/** A test on hosts that are folders. */
export function onSite(name: string, hosts: readonly string[], use: (site: Site) => Promise<void>): void {
  test(
    name,
    inFolder(folder => use(new Site(folder, hosts))),
  )
}

/** Requires that a file of a host holds a text. */
export const need = defineModule({
  name: 'need',
  summary: 'For tests',
  params: z.object({ name: z.string(), text: z.string().default('x'), within: z.number().optional() }),
  title: ({ name }) => name,
  facts: ({ name }) => ({ now: content(name) }),
  plan: ({ name, text, within }, { now }) => [
    require(`${name} holds ${text}`, now === unknown ? unknown : now === text, {
      hint: `write ${name}`,
      ...(within !== undefined && { within }),
    }),
  ],
})

/** A handler that counts how often it ran, in the file of its name. */
export const counter = defineModule({
  name: 'counter',
  summary: 'For tests',
  params: z.object({ name: z.string(), key: z.string() }),
  title: ({ name }) => name,
  handlerId: ({ key }) => key,
  facts: ({ key }) => ({ pending: isPending(key) }),
  plan: ({ name, key }, { pending }) =>
    pending === false
      ? []
      : [
          run({
            change: { what: name, from: 'pending', to: 'ran' },
            script: sh`echo ran >>"$HOST."${name}
${clearPending(key)}`,
            undo: { impossible: 'a test' },
            predicts: [predict(isPending(key), false)],
          }),
        ],
})
