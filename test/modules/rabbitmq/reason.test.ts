import { strictEqual } from 'node:assert'
import { test } from 'uvu'
import { reasonOf } from '../../../modules/rabbitmq/shared/reason.ts'

const diagnostics = (
  node: string,
  ...found: readonly string[]
): string => `Error: unable to perform an operation on node '${node}'. Please see diagnostics information and suggestions below.

Most common reasons for this are:

 * Target node is unreachable (e.g. due to hostname resolution, TCP connection or firewall issues)
 * Target node is not running

DIAGNOSTICS
===========

attempted to contact: [${node}]

${node}:
${found.map(line => `  * ${line}`).join('\n')}

Current node details:
 * node name: 'rabbitmqcli-937-rabbit@mq2'
 * Erlang cookie hash: A1cEcLrZRpLOk+MnANLhyw==
`
const connected = ['connected to epmd (port 4369) on mq1', `epmd reports node 'rabbit' uses port 25672 for inter-node`]
const dispute = String.raw`{:inconsistent_cluster, 'Node rabbit@mq2 thinks it\'s clustered with node rabbit@mq1, but rabbit@mq1 disagrees'}`
const both =
  "Node rabbit@mq2 thinks it's clustered with node rabbit@mq1, but rabbit@mq1 disagrees: one of them was reset, or has forgotten the other one"

/** What the command line or a log says, as RabbitMQ 3.10 prints it, and the reason in one line. */
const rows: readonly (readonly [name: string, said: string, reason: string | undefined])[] = [
  [
    'the cookie differs',
    diagnostics('rabbit@mq1', ...connected, 'TCP connection succeeded but Erlang distribution failed'),
    'the node rabbit@mq1 rejects this host: their Erlang cookies differ, or it has another name for itself',
  ],
  [
    'the name has no address',
    diagnostics('rabbit@nowhere', 'unable to connect to epmd (port 4369) on nowhere: nxdomain (non-existing domain)'),
    "this host can't resolve nowhere, the host of the node rabbit@nowhere",
  ],
  [
    'the port is closed',
    diagnostics('rabbit@mq1', 'unable to connect to epmd (port 4369) on mq1: address (cannot connect to host/port)'),
    "this host can't connect to port 4369 (epmd) of mq1, the host of the node rabbit@mq1: address (cannot connect to host/port)",
  ],
  [
    'the node does not run',
    diagnostics('rabbot@mq1', connected[0] ?? '', `epmd reports: node 'rabbot' not running at all`),
    'the node rabbot@mq1 does not run',
  ],
  ['the cluster has forgotten the node', `Error:\n{:rabbit, {${dispute}, {:rabbit, :start, []}}}`, both],
  [
    'the broker did not start',
    String.raw`{"Kernel pid terminated",application_controller,"{rabbit,{{inconsistent_cluster,\"Node rabbit@mq2 thinks it's clustered with node rabbit@mq1, but rabbit@mq1 disagrees\"}}}"}`,
    both,
  ],
  [
    'the port of the broker is taken',
    '{error,{could_not_start_listener,"::",5672,{{shutdown,{listen_error,{acceptor,{0,0},5672},eaddrinuse}}}}}',
    'another program uses port 5672, on which the broker is to listen',
  ],
  ['an error in the next line', 'Error:\n{:no_such_vhost, "x"}\n', '{:no_such_vhost, "x"}'],
  ['an error in its line', 'Stopping\nError: this node is in use\nusage', 'this node is in use'],
  ['anything else', 'Job failed', undefined],
]

for (const [name, said, reason] of rows)
  test(`the reason in one line: ${name}`, () => strictEqual(reasonOf(said), reason))

test.run()
