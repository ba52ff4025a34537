import * as z from 'zod'
import { absent, quoted, secretFile, sh, systemdUnit, type Absent, type Fact } from 'haq'

export const rabbitUnit = systemdUnit('rabbitmq-server.service')

/**
 * The file with the Erlang cookie. All nodes of a cluster need the same cookie.
 *
 * @see https://www.rabbitmq.com/docs/clustering
 */
export const erlangCookiePath = '/var/lib/rabbitmq/.erlang.cookie'
export const erlangCookieFile = secretFile(erlangCookiePath)

/**
 * Defines two shell functions. `ask_node` evaluates an Erlang expression on the node through `erl_call`, within
 * milliseconds, and puts the answer into `$said`. It fails if the node can't be asked in this way. The expression is
 * never an argument of a command (argv). `node_is_up` says whether it makes sense to try the slower `rabbitmqctl`.
 *
 * @see erl_call(1), epmd(1)
 */
export const askNode = sh`ask_node() {
  # erl_call knows nothing of a node with a name of its own; rabbitmqctl does.
  if ! command -v erl_call >/dev/null || grep -qsE '^[^#]*(NODENAME|USE_LONGNAME)' /etc/rabbitmq/rabbitmq-env.conf; then
    return 1
  fi
  # A name of its own: a node refuses the second of two that ask at once under the usual one, such as a health check's.
  self=haq$(exec sh -c 'echo $PPID')
  said=$(printf '%s\n' "$1" | HOME=/var/lib/rabbitmq erl_call -h "$self" -sname "rabbit@$(uname -n | cut -d. -f1)" -timeout 20 -e 2>&1)
  case $said in '{ok, '*) ;; *) return 1 ;; esac
}
node_is_up() { "$(command -v epmd || echo /usr/lib/erlang/bin/epmd)" -names 2>/dev/null | grep -q '^name rabbit'; }`

/** The answer of a node to a question, or why there is no answer. */
export type Answer<T> =
  | { readonly state: 'stopped' }
  /** It runs, and the CLI tools of its own host can't talk to it. */
  | { readonly state: 'refusing'; readonly said: string }
  | ({ readonly state: 'up' } & T)

/**
 * A fact whose value is the answer of the host's node to an Erlang expression. Absent if RabbitMQ is not installed.
 * @param question returns a JSON object as base64 text; the terminal would quote any other text
 */
export function askedFact<S extends z.ZodObject>(
  key: string,
  question: string,
  schema: S,
): Fact<Answer<z.output<S>> | Absent> {
  return {
    key,
    shared: true,
    waits: true,
    dependsOn: [rabbitUnit, erlangCookieFile],
    script: sh`command -v rabbitmqctl >/dev/null || { echo absent; exit 0; }
question=${question}
${askNode}
if ask_node "$question"; then echo "up $said"; exit 0; fi
node_is_up || { echo stopped; exit 0; }
if said=$(LC_ALL=C.UTF-8 rabbitmqctl -q eval "$question" 2>&1); then echo "up $said"; else echo "refusing $said"; fi`,
    parse: stdout => {
      const [, state, said = ''] = /^(\S+) ?([^]*)$/.exec(stdout.trim()) ?? []
      switch (state) {
        case 'absent':
          return absent
        case 'stopped':
          return { state }
        case 'refusing':
          return { state, said: said.trim() }
        case 'up':
          return { state, ...parseAnswer(said, schema) }
        default:
          throw new Error(`the script printed ${quoted(stdout)}`)
      }
    },
  }
}

function parseAnswer<S extends z.ZodObject>(said: string, schema: S): z.output<S> {
  const [, encoded] = /"([A-Za-z0-9+/=]+)"/.exec(said) ?? []
  if (encoded === undefined) throw new Error(`RabbitMQ said ${quoted(said)}`)
  const text = Buffer.from(encoded, 'base64').toString('utf8')
  try {
    return schema.parse(JSON.parse(text))
  } catch (cause) {
    const why = cause instanceof z.ZodError ? z.prettifyError(cause) : cause instanceof Error ? cause.message : ''
    throw new Error(`RabbitMQ said ${quoted(text)}: ${why}`, { cause })
  }
}
