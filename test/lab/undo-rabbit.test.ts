import { deepStrictEqual, match, notDeepStrictEqual, strictEqual } from 'node:assert'
import { suite } from 'uvu'
import { Site, whyNoLab, type RunOutput } from './site.ts'
import { changedLines, undoIn } from './undo-run.ts'

const playbook = 'test/lab/playbooks/undo-rabbit.ts'

const undo = suite('lab: undo of RabbitMQ')
const reason = await whyNoLab()
if (reason) process.stdout.write(`skipped: undo of RabbitMQ in the lab: ${reason}\n`)
const test = reason ? undo.skip : undo
let site: Site
let before: Readonly<Record<string, readonly string[]>>

const run = (...words: readonly string[]): Promise<RunOutput> => site.run(playbook, '--limit', 'initiator', ...words)

/** All definitions of the broker, sorted, because the broker has no fixed order. */
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

undo.before(async () => {
  if (reason) return
  site = await Site.up({ suite: 'bookworm', env: { HAQ_ERLANG_COOKIE: 'unused' } })
  const broker = await run('--tags', 'broker')
  strictEqual(broker.exitCode, 0, broker.all)
  await site.on(
    'initiator',
    `rabbitmqctl -q set_policy --priority 3 --apply-to queues changed '^ha\\.' '{"ha-mode":"exactly","ha-params":2}'
rabbitmqctl -q set_policy dropped '' '{"max-length":5}'
rabbitmqctl -q add_vhost old`,
  )
  before = await definitions()
})
undo.after(async () => {
  if (!reason) await site.down()
})

test('undo restores vhosts and policies, and can itself be undone', async () => {
  const first = await run('--tags', 'queues')
  strictEqual(first.exitCode, 0, first.all)
  const after = await definitions()
  notDeepStrictEqual(after, before)
  strictEqual((await run('--tags', 'queues')).recap['initiator']?.['changed'], 0)

  const announced = await undoIn(site, '--check')
  strictEqual(announced.exitCode, 0, announced.all)
  const undone = await undoIn(site)
  strictEqual(undone.exitCode, 0, undone.all)
  deepStrictEqual(await definitions(), before)
  deepStrictEqual(changedLines(undone.stdout), changedLines(announced.stdout))
  strictEqual(changedLines(undone.stdout).length, 4)

  const redone = await undoIn(site, 'last')
  strictEqual(redone.exitCode, 0, redone.all)
  deepStrictEqual(await definitions(), after)
  const again = await undoIn(site, 'last')
  strictEqual(again.exitCode, 0, again.all)
})

test('for a removed vhost undo reports that its messages are lost, and undoes the rest only with --partial', async () => {
  deepStrictEqual(await definitions(), before)
  const removed = await run('--tags', 'queues', '-e', 'old=absent')
  strictEqual(removed.exitCode, 0, removed.all)
  const after = await definitions()

  const refused = await undoIn(site)
  strictEqual(refused.exitCode, 1, refused.all)
  match(
    refused.stderr,
    /^can't be undone: initiator {2}rabbitVhost old .*: the queues and messages of vhost old are deleted with the vhost/m,
  )
  match(refused.stderr, /can't be undone completely; nothing was done\nhint: .*--partial/)
  deepStrictEqual(await definitions(), after)

  const partial = await undoIn(site, '--partial')
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
