import * as z from 'zod'
import { absent, file, quoted, secretFile, sh, systemdUnit, type Absent, type Fact } from 'haq'

export const rabbitUnit = systemdUnit('rabbitmq-server.service')

/**
 * The file with the Erlang cookie. All nodes of a cluster need the same cookie.
 *
 * @see https://www.rabbitmq.com/docs/clustering
 */
export const erlangCookiePath = '/var/lib/rabbitmq/.erlang.cookie'
export const erlangCookieFile = secretFile(erlangCookiePath)

/** The file in which RabbitMQ's server and command line find the name of their node. */
const environmentPath = '/etc/rabbitmq/rabbitmq-env.conf'

/**
 * Defines a shell function that puts the node's name into `$node`, and `-sname` or `-name` into `$kind`. RabbitMQ, too,
 * reads the file as a shell script. Health checks call the function every second: it starts no program, unless the node
 * has a long name.
 *
 * @see rabbitmq-env.conf(5)
 */
export const nodeNaming = sh`name_node() {
  kind= node=
  read -r kind node <<end
$(
  NODENAME= USE_LONGNAME= RABBITMQ_NODENAME= RABBITMQ_USE_LONGNAME=
  [ ! -r ${environmentPath} ] || . ${environmentPath} >/dev/null 2>&1
  case $RABBITMQ_USE_LONGNAME$USE_LONGNAME in
  1 | [Yy][Ee][Ss] | [Tt][Rr][Uu][Ee])
    kind=-name; read -r host </proc/sys/kernel/hostname
    case $host in *.*) ;; *) host=$(hostname -f 2>/dev/null || echo "$host") ;; esac ;;
  *) kind=-sname; IFS=. read -r host domain </proc/sys/kernel/hostname ;;
  esac
  node=$RABBITMQ_NODENAME
  [ -n "$node" ] || node=$NODENAME
  [ -n "$node" ] || node=rabbit
  case $node in *@*) ;; *) node=$node@$host ;; esac
  echo "$kind $node"
)
end
}`

/** The name of a host's node. */
export interface NodeName {
  /** Such as `rabbit@mygateway`. */
  readonly name: string
  /** Nodes with long names and nodes with short ones can't talk to each other. */
  readonly long: boolean
}

/**
 * The name that the node of a host has, or will have: RabbitMQ need not be installed. It follows from the kernel's host
 * name and rabbitmq-env.conf, not from the inventory.
 */
export const nodeName: Fact<NodeName> = {
  key: 'rabbitNodeName',
  script: sh`${nodeNaming}
name_node
echo "$kind $node"`,
  dependsOn: [file(environmentPath)],
  parse: stdout => {
    const [, kind, name] = /^(-name|-sname) (\S+@\S+)\n$/.exec(stdout) ?? []
    if (name === undefined) throw new Error(`${environmentPath} gives no name that a node can have`)
    return { name, long: kind === '-name' }
  },
}

/** The host of a node, by the name under which other nodes look for it. */
export function hostOf(node: string): string {
  return node.replace(/^.*@/, '')
}

/**
 * Defines shell functions. `ask_node` evaluates an Erlang expression on the node through `erl_call`, within
 * milliseconds, and puts the answer into `$said`. It fails if the node can't be asked in this way. The expression is
 * never an argument of a command (argv). `node_is_up` says whether it makes sense to try the slower `rabbitmqctl`.
 * `other_name` prints the name under which the service's node runs instead.
 *
 * @see erl_call(1), epmd(1)
 */
export const askNode = sh`${nodeNaming}
name_node
ask_node() {
  command -v erl_call >/dev/null || return 1
  # A name of its own: a node refuses the second of two that ask at once under the usual one, such as a health check's.
  self=haq$(exec sh -c 'echo $PPID')
  said=$(printf '%s\n' "$1" | HOME=/var/lib/rabbitmq erl_call -h "$self" "$kind" "$node" -timeout 20 -e 2>&1)
  case $said in '{ok, '*) ;; *) return 1 ;; esac
}
node_names() { "$(command -v epmd || echo /usr/lib/erlang/bin/epmd)" -names 2>/dev/null | sed -n 's/^name \(.*\) at port .*/\1/p'; }
node_is_up() { node_names | grep -Fqx -e "$(printf '%s\n' "$node" | cut -d@ -f1)"; }
other_name() { systemctl is-active -q rabbitmq-server 2>/dev/null && node_names | grep -v '^rabbitmqcli' | grep .; }`

/** The answer of a node to a question, or why there is no answer. */
export type Answer<T> =
  | { readonly state: 'stopped' }
  /** The service runs, and its node has other names than the one that the CLI tools of its host look for. */
  | { readonly state: 'misnamed'; readonly node: string; readonly names: readonly string[] }
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
    dependsOn: [rabbitUnit, erlangCookieFile, nodeName],
    script: sh`command -v rabbitmqctl >/dev/null || { echo absent; exit 0; }
question=${question}
${askNode}
if ask_node "$question"; then echo "up $said"; exit 0; fi
if ! node_is_up; then
  if others=$(other_name); then echo "misnamed $node" $others; else echo stopped; fi
  exit 0
fi
if said=$(LC_ALL=C.UTF-8 rabbitmqctl -q eval "$question" 2>&1); then echo "up $said"; else echo "refusing $said"; fi`,
    parse: stdout => {
      const [, state, said = ''] = /^(\S+) ?([^]*)$/.exec(stdout.trim()) ?? []
      switch (state) {
        case 'absent':
          return absent
        case 'stopped':
          return { state }
        case 'misnamed': {
          const [node = '', ...names] = said.split(' ')
          return { state, node, names }
        }
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
