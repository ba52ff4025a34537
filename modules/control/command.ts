import * as z from 'zod'
import { absent, absolutePath, defineModule, file, isKnown, predict, run, Script, sh, unknown, type Fact } from 'haq'

/** How a command knows from a fact that it has nothing to do. */
export interface Unless {
  readonly fact: Fact<unknown>
  readonly test: (value: unknown) => boolean
}

/** `unless: holds(fact, value => …)`: there is nothing to do when the test of the fact's value is true. */
export function holds<T>(fact: Fact<T>, test: (value: T) => boolean): Unless {
  return { fact, test: value => test(value as T) }
}

const params = z
  .object({
    run: z
      .union([z.array(z.string()).min(1), z.instanceof(Script)], { error: 'takes words, or a script made by sh`…`' })
      .describe('the words of a command, or a script made by sh`…`'),
    creates: absolutePath.optional().describe('there is nothing to do when this path is there'),
    removes: absolutePath.optional().describe('there is nothing to do when this path is not there'),
    unless: z
      .custom<Unless>(value => typeof value === 'object' && value !== null && 'fact' in value && 'test' in value, {
        error: 'takes holds(fact, test)',
      })
      .optional()
      .describe('holds(fact, test): there is nothing to do when the test of the fact is true'),
    always: z.literal(true).optional().describe('it runs every time, and always counts as a change'),
  })
  .refine(({ creates, removes, unless, always }) => [creates, removes, unless, always].filter(Boolean).length === 1, {
    error: 'say how it knows that it has nothing to do: one of creates, removes or unless; or always: true',
  })

type Params = z.output<typeof params>

/**
 * A command, for what no module does. It says how it knows that it has nothing to do, or declares that it always runs.
 * What else a command changes can't be known: in check mode, facts that are read after it show as unknown.
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

/** Enough of a command to know it by. */
function shorten(run: readonly string[] | Script): string {
  const text = (run instanceof Script ? String(run) : run.join(' ')).trim().split('\n')[0] ?? ''
  return text.length > 60 ? `${text.slice(0, 59)}…` : text
}
