import {
  absent,
  convergeFile,
  defineModule,
  file,
  isKnown,
  onReachable,
  removeFile,
  require,
  Secret,
  sh,
  unknown,
  userExists,
  utf8Bytes,
  type Absent,
  type ByteString,
  type Fact,
  type FileState,
  type Requirement,
  type Unknown,
} from 'haq'
import { nodeName, type NodeName } from './facts/rabbit-node.ts'
import { configFolder, makeFolder } from './shared/folder.ts'
import { confLines, params, type Line } from './rabbitConf/params.ts'
import { usualName } from './shared/node-of.ts'

const path = `${configFolder}/rabbitmq.conf`

/**
 * Manages rabbitmq.conf as a whole file: a setting that is not among the parameters is not in the file. Where RabbitMQ
 * is installed, its own schemas check the new file before it replaces the old one, because the broker does not start
 * with an unknown setting. The broker reads the file when it starts: `notify: [rabbitRestart({})]`.
 *
 * With `peerDiscovery`, nodes find each other only at their first start. This file and the same cookie must be there
 * by then. Debian starts a broker when its package is installed: mask the service until both are there, or join the
 * node with `rabbitJoin`.
 *
 * Two nodes have no majority. After a partition, `autoheal` restarts the side with fewer clients, and data that only
 * this side has is lost. `ignore` changes nothing until the operator decides. With a third node, `pause_minority`
 * stops the smaller side as soon as it is cut off.
 *
 * @see https://www.rabbitmq.com/docs/configure, https://www.rabbitmq.com/docs/partitions
 *
 * @example
 * ```ts
 * rabbitConf(
 *   {
 *     clusterName: 'orders',
 *     partitionHandling: 'pause_minority',
 *     netTicktime: 20,
 *   },
 *   { notify: [rabbitRestart({})] },
 * )
 * ```
 */
export const rabbitConf = defineModule({
  name: 'rabbitConf',
  summary: 'Write rabbitmq.conf, validated by RabbitMQ before it replaces the old file',
  params,
  facts: ({ peerDiscovery = [] }): Record<string, Fact<unknown>> => ({
    conf: file(path),
    folder: file(configFolder),
    user: userExists('rabbitmq'),
    ...Object.fromEntries(peerDiscovery.map(peer => [nameKey(peer.name), onReachable(peer, nodeName)])),
  }),
  plan: (conf, facts) => {
    const current = facts['conf'] as FileState | Absent | Unknown
    const folder = facts['folder'] as FileState | Absent | Unknown
    const user = facts['user'] as true | Absent | Unknown
    const peers = (conf.peerDiscovery ?? []).map((host): Peer => {
      const name = facts[nameKey(host.name)] as NodeName | Absent | Unknown
      return { host: host.name, name, node: isKnown(name) && name !== absent ? name.name : usualName(host) }
    })
    const all = confLines(
      conf,
      peers.map(({ node }) => node),
    )
    const secretKeys = all.flatMap(([key, value]) => (value instanceof Secret ? [key] : []))
    const mask = masker(secretKeys)
    if (conf.state === 'absent') return removeFile(path, current, { mask, holdsSecrets: true })
    const holdsSecret = secretKeys.length > 0
    return [
      ...(holdsSecret
        ? [
            require('the user rabbitmq exists, so that only this user can read the secrets', isKnown(user)
              ? user === true
              : unknown, {
              otherwise: "there is no user rabbitmq, so the secrets can't be made readable for this user only",
              hint: 'install the package rabbitmq-server in an earlier task',
            }),
          ]
        : []),
      ...peers.flatMap(peer => knownPeer(peer, current)),
      ...makeFolder(configFolder, folder),
      ...convergeFile(
        file(path),
        {
          path,
          content: render(all),
          mode: holdsSecret ? '0640' : '0644',
          owner: 'root',
          group: holdsSecret ? 'rabbitmq' : 'root',
          validate,
          mask,
          holdsSecrets: true,
        },
        current,
      ),
    ]
  },
})

interface Peer {
  readonly host: string
  readonly name: NodeName | Absent | Unknown
  readonly node: string
}

function nameKey(host: string): string {
  return `name of the node on ${host}`
}

/** A host that can't be reached can't say how its node is called: nothing is guessed that the file does not have yet. */
function knownPeer({ host, name, node }: Peer, conf: FileState | Absent | Unknown): readonly Requirement[] {
  if (name !== absent) return []
  const isThere = isKnown(conf)
    ? conf !== absent && 'content' in conf && conf.content.includes(` = ${node}\n`)
    : unknown
  return [
    require(`the name of the node on ${host} is known`, isThere, {
      otherwise: `${host} can't be reached, so it is not known how its node is called`,
      hint: `make ${host} reachable, or leave it out of peerDiscovery`,
    }),
  ]
}

function render(lines: readonly Line[]): ByteString {
  const text = lines.map(([key, value]) => `${key} = ${value instanceof Secret ? value.reveal() : value}\n`)
  return utf8Bytes(`# Managed by haq: edits by hand are replaced.\n${text.join('')}`)
}

/** Masks the secrets of the parameters. In a file edited by hand, masks everything that looks like a secret. */
function masker(keys: readonly string[]): (content: ByteString) => ByteString {
  const named = new Set(keys)
  return content =>
    content.replace(/^([ \t]*([^#\s=]+)[ \t]*=[ \t]*)[^\r\n]+/gm, (line: string, head: string, key: string) =>
      named.has(key) || /pass|secret|token/i.test(key) ? `${head}********` : line,
    )
}

/**
 * RabbitMQ has no command to check a file. This script does what the broker does first when it starts: it loads the
 * schemas of the broker and of all plugins, and checks the file against them with cuttlefish.
 */
const validate = sh`plugins=$(ls -d /usr/lib/rabbitmq/lib/rabbitmq_server-*/plugins 2>/dev/null | tail -n 1)
if [ -z "$plugins" ] || ! command -v erl >/dev/null; then exit 0; fi
status=0
said=$(ERL_LIBS=$plugins ERL_CRASH_DUMP=/dev/null erl -noinput -boot start_clean -kernel logger_level none -eval ${`
  [Plugins, File] = init:get_plain_arguments(),
  Refuse = fun(Errors) -> [io:format("~ts~n", [cuttlefish_error:xlate(E)]) || E <- Errors], halt(1) end,
  Schemas = lists:sort(filelib:wildcard(Plugins ++ "/*/priv/schema/*.schema")),
  case cuttlefish_conf:files([File]) of
    {errorlist, Unread} -> Refuse(Unread);
    Conf ->
      case cuttlefish_generator:map(cuttlefish_schema:files(Schemas), Conf) of
        {error, _, {errorlist, Wrong}} -> Refuse(Wrong);
        _ -> halt(0)
      end
  end.`} -extra "$plugins" "$1" 2>&1) || status=$?
if [ "$status" != 0 ]; then
  printf '%s\n' "$said" >&2
  echo "RabbitMQ refuses the new file, so the old one stays: $(printf '%s\n' "$said" | head -n 1)" >&2
  exit 1
fi`
