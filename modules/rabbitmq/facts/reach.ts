import { absent, editableFile, given, on, sh, type Absent, type Fact, type HostRef } from 'haq'
import { erlangCookieFile, hostOf, nodeName, rabbitUnit } from './rabbit-node.ts'
import { rabbit } from './rabbit.ts'
import { areTogether, membersOf } from '../shared/membership.ts'

/** How a host reaches a node of another host, and the cluster of that node. */
export interface Reach {
  /** The IPv4 address that the host of the node has by its name. */
  readonly address: string | Absent
  /** The hosts of other members of its cluster that have no address by their names. */
  readonly unresolved: readonly string[]
  /** `closed`: its port mapper can't be reached. `unasked`: there is no need to ask, or no program. */
  readonly answer: 'yes' | 'closed' | 'refused' | 'unasked'
}

/**
 * How the host of a task reaches the node of another host: by the names that the nodes have, and over the connection by
 * which RabbitMQ's nodes talk to each other.
 *
 * @see erl_call(1), epmd(1)
 */
export function reachOf(host: HostRef): Fact<Reach> {
  return given(
    { name: on(host, nodeName), node: on(host, rabbit), own: rabbit },
    {
      key: `rabbitReach:${host.name}`,
      slow: true,
      shared: true,
      dependsOn: [editableFile('/etc/hosts'), erlangCookieFile, rabbitUnit, nodeName],
      script: ({ name: { name, long }, node, own }) => {
        // Nodes that are in one cluster have found each other.
        if (own?.state === 'up' && node?.state === 'up' && areTogether(own, node)) return sh`echo 'answer unasked'`
        const members = node?.state === 'up' ? membersOf(node).filter(member => member !== node.node) : []
        return sh`for host in ${members.map(hostOf)}; do getent ahostsv4 "$host" >/dev/null || echo "unresolved $host"; done
${addressOf(hostOf(name))}
echo "address $address"
command -v erl_call >/dev/null || { echo 'answer unasked'; exit 0; }
self=haq$(exec sh -c 'echo $PPID')
said=$(echo 'node().' | HOME=/var/lib/rabbitmq timeout 8 erl_call -h "$self" ${long ? '-name' : '-sname'} ${name} -timeout 5 -e 2>&1)
case $said in '{ok, '*) echo 'answer yes'; exit 0 ;; esac
if [ -z "$address" ] || ! command -v bash >/dev/null || timeout 3 bash -c 'exec 3<>"/dev/tcp/$0/4369"' "$address" 2>/dev/null
then echo 'answer refused'
else echo 'answer closed'
fi`
      },
      parse: stdout => {
        const values = (key: string): readonly string[] =>
          [...stdout.matchAll(new RegExp(`^${key} (\\S+)$`, 'gm'))].map(([, value = '']) => value)
        const [answer] = values('answer')
        if (answer !== 'yes' && answer !== 'closed' && answer !== 'refused' && answer !== 'unasked')
          throw new Error(`the script printed ${JSON.stringify(stdout)}`)
        return { address: values('address')[0] ?? absent, unresolved: values('unresolved'), answer }
      },
    },
  )
}

/** The address that the host of the task's own node has by its name on another host. */
export function ownAddressOn(host: HostRef): Fact<string | Absent> {
  return given(
    { name: nodeName },
    {
      key: 'rabbitOwnAddress',
      host: host.name,
      slow: true,
      dependsOn: [editableFile('/etc/hosts')],
      script: ({ name: { name } }) => sh`${addressOf(hostOf(name))}
echo "$address"`,
      parse: stdout => stdout.trim() || absent,
    },
  )
}

const addressOf = (name: string) =>
  sh`address=$(getent ahostsv4 ${name} | { read -r first rest && echo "$first" || :; })`
