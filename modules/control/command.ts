import * as z from 'zod'
import {
  absent,
  absolutePath,
  defineModule,
  file,
  isKnown,
  predict,
  run,
  Script,
  sh,
  unknown,
  word,
  type Fact,
} from 'haq'

/** A condition on a fact under which the command is not run. */
export interface Unless {
  readonly fact: Fact<unknown>
  readonly test: (value: unknown) => boolean
}

/** `unless: holds(fact, value => …)`: the command is not run if the test returns true for the fact's value. */
export function holds<T>(fact: Fact<T>, test: (value: T) => boolean): Unless {
  return { fact, test: value => test(value as T) }
}

const params = z
  .object({
    run: z
      .union([z.array(word).min(1), z.instanceof(Script).meta({ title: 'script' })], {
        error: 'takes words, or a script made by sh`…`',
      })
      .describe('the command and its arguments, or a script made by sh`…`'),
    creates: absolutePath.optional().describe('do not run the command if this path exists'),
    removes: absolutePath.optional().describe('do not run the command if this path does not exist'),
    unless: z
      .custom<Unless>(value => typeof value === 'object' && value !== null && 'fact' in value && 'test' in value, {
        error: 'takes holds(fact, test)',
      })
      .meta({ title: 'holds(fact, test)' })
      .optional()
      .describe('do not run the command if the test of the fact is true'),
    always: z.literal(true).optional().describe('run the command every time, and always count it as a change'),
  })
  .refine(({ creates, removes, unless, always }) => [creates, removes, unless, always].filter(Boolean).length === 1, {
    error: 'needs one of creates, removes, unless or always: true',
  })

type Params = z.output<typeof params>

/**
 * Runs a command. Use it where no module fits. One parameter says when the command is not needed, or that it always
 * runs. haq does not know what else the command changes. In check mode, facts that are read after the command are
 * therefore shown as unknown.
 *
 * @example
 * ```ts
 * command({
 *   run: ['/opt/app/bin/migrate', '--all'],
 *   creates: '/var/lib/app/migrated',
 * })
 * ```
 */
export const command = defineModule({
  name: 'command',
  summary: 'Run a command, unless a file shows that it has run already',
  params,
  title: ({ run }) => shorten(run),
  facts: ({ creates, removes, unless }) => ({
    path: file(creates ?? removes ?? '/'),
    ...(unless && { unless: unless.fact }),
  }),
  plan: (params, facts) => {
    const { creates, removes, unless } = params
    const { path } = facts
    if (creates !== undefined && isKnown(path) && path !== absent) return []
    if (removes !== undefined && path === absent) return []
    const value = 'unless' in facts ? facts.unless : unknown
    if (unless && isKnown(value) && unless.test(value)) return []
    return [
      run({
        change: { what: `command ${shorten(params.run)}`, from: reason(params), to: 'run' },
        script: params.run instanceof Script ? params.run : sh`${params.run}`,
        undo: { impossible: 'what a command did is not known' },
        unsettles: 'everything',
        predicts: removes === undefined ? [] : [predict(file(removes), absent)],
        ...(params.always && { always: true }),
      }),
    ]
  },
})

function reason({ creates, removes, always }: Params): string {
  if (always) return 'runs every time'
  if (creates !== undefined) return `${creates} is absent`
  return removes === undefined ? 'not done' : `${removes} is there`
}

/** The first line of a command, short enough for a title. */
function shorten(run: readonly string[] | Script): string {
  const text = (run instanceof Script ? String(run) : run.join(' ')).trim().split('\n')[0] ?? ''
  return text.length > 60 ? `${text.slice(0, 59)}…` : text
}
