import { deepStrictEqual, match, notDeepStrictEqual, strictEqual } from 'node:assert'
import { execa } from 'execa'
import { suite } from 'uvu'
import { Site, whyNoLab, type RunOutput } from './site.ts'

const playbook = 'test/lab/playbooks/undo-rabbit.ts'

const undo = suite('lab: undo of RabbitMQ')
const reason = await whyNoLab()
if (reason) process.stdout.write(`skipped: undo of RabbitMQ in the lab: ${reason}\n`)
const test = reason ? undo.skip : undo
let site: Site

const run = (...words: readonly string[]): Promise<RunOutput> => site.run(playbook, '--limit', 'initiator', ...words)

/** Runs `haq undo` on what the journal says, in the lab. */
const undoRun = (...words: readonly string[]) =>
  execa('node', ['dist/src/cli/main.js', 'undo', ...words], {
    env: { ...site.env, FORCE_COLOR: '0' },
    reject: false,
    all: true,
    stdin: 'ignore',
  })

/** All that the broker defines, by its own word; it promises no order. */
async function definitions(): Promise<Readonly<Record<string, readonly string[]>>> {
  const text = await site.on('initiator', 'rabbitmqctl -q export_definitions - --format json')
  const parts = Object.entries(JSON.parse(text) as Readonly<Record<string, unknown>>)
  return Object.fromEntries(
    parts.map(([name, list]) => [
      name,
      [list]
        .flat()
        .map(entry => JSON.stringify(entry))
        .toSorted(),
    ]),
  )
}

const changes = (text: string): readonly string[] =>
  text.split('\n').flatMap(line => /^changed .*\)/.exec(line)?.[0] ?? [])

undo.before(async () => {
  if (reason) return
  site = await Site.up('bookworm', { HAQ_ERLANG_COOKIE: 'unused' })
  const broker = await run('--tags', 'broker')
  strictEqual(broker.exitCode, 0, broker.all)
  await site.on(
    'initiator',
    `rabbitmqctl -q set_policy --priority 3 --apply-to queues changed '^ha\\.' '{"ha-mode":"exactly","ha-params":2}'
rabbitmqctl -q set_policy dropped '' '{"max-length":5}'
rabbitmqctl -q add_vhost old`,
  )
})
undo.after(async () => {
  if (!reason) await site.down()
})

test('undo brings vhosts and policies back to what they were, and can itself be undone', async () => {
  const before = await definitions()
  const first = await run('--tags', 'queues')
  strictEqual(first.exitCode, 0, first.all)
  const after = await definitions()
  notDeepStrictEqual(after, before)
  strictEqual((await run('--tags', 'queues')).recap['initiator']?.['changed'], 0)

  const announced = await undoRun('--check')
  strictEqual(announced.exitCode, 0, announced.all)
  deepStrictEqual(await definitions(), after)
  const undone = await undoRun()
  strictEqual(undone.exitCode, 0, undone.all)
  deepStrictEqual(await definitions(), before)
  deepStrictEqual(changes(undone.stdout), changes(announced.stdout))
  strictEqual(changes(undone.stdout).length, 4)

  const redone = await undoRun('last')
  strictEqual(redone.exitCode, 0, redone.all)
  deepStrictEqual(await definitions(), after)
  const again = await undoRun('last')
  strictEqual(again.exitCode, 0, again.all)
  deepStrictEqual(await definitions(), before)
})

test('where a vhost was removed it is said that its messages are gone, and the rest is undone only when asked', async () => {
  const before = await definitions()
  const removed = await run('--tags', 'queues', '-e', 'old=absent')
  strictEqual(removed.exitCode, 0, removed.all)
  const after = await definitions()

  const refused = await undoRun()
  strictEqual(refused.exitCode, 1, refused.all)
  match(refused.stderr, /^no way back: initiator {2}rabbitVhost old .*: the queues and messages of vhost old are gone/m)
  match(refused.stderr, /can't be undone as a whole; nothing was done\nhint: .*--partial/)
  deepStrictEqual(await definitions(), after)

  const partial = await undoRun('--partial')
  strictEqual(partial.exitCode, 0, partial.all)
  const { vhosts = [], ...rest } = await definitions()
  const { vhosts: all = [], ...others } = before
  deepStrictEqual(rest, others)
  deepStrictEqual(
    vhosts,
    all.filter(vhost => !vhost.includes('"old"')),
  )
})

undo.run()
