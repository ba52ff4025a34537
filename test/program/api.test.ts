import { deepStrictEqual, match, ok, rejects } from 'node:assert'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import {
  applyPlan,
  HaqError,
  loadInventory,
  planPlaybook,
  runPlaybook,
  UsageError,
  type RunEvent,
} from '../../src/index.ts'
import { inProject, ownFolder } from '../cli/haq.ts'

/** A program's run: its events and its result. */
async function collect<Result>(run: AsyncIterable<RunEvent> & { readonly result: Promise<Result> }) {
  const events: RunEvent[] = []
  for await (const event of run) events.push(event)
  return { events, result: await run.result }
}

const limit = ['here']

const inProgram = (use: (path: string) => Promise<void>): (() => Promise<void>) =>
  inProject(async ({ path }) => {
    const before = { ...process.env }
    Object.assign(process.env, {
      HAQ_TEST_COOKIE: 'c00kie-of-the-test',
      XDG_STATE_HOME: join(ownFolder(path), 'state'),
    })
    try {
      await use(path)
    } finally {
      process.env = before
    }
  })

test(
  'a program runs a playbook, also in check mode, and gets events and a result',
  inProgram(async path => {
    const options = { inventory: join(path, 'inv.yaml'), limit }
    const checked = await collect(runPlaybook(join(path, 'book.ts'), { ...options, check: true }))
    deepStrictEqual(checked.events[0], { event: 'run', playbook: 'test', check: true })
    deepStrictEqual(checked.events.at(-1)?.event, 'recap')
    deepStrictEqual(checked.result.hosts['one']?.changed, 3)
    ok(!existsSync(join(path, 'one')), 'check mode changes nothing')

    const ran = await collect(runPlaybook(join(path, 'book.ts'), options))
    deepStrictEqual(ran.result.hosts['one']?.changed, 3)
    deepStrictEqual(ran.result.interrupted, false)
    ok(existsSync(join(path, 'one/f')))
    ok(!JSON.stringify(ran.events).includes('c00kie-of-the-test'), 'no secret in events')

    // Nobody iterates over the events here.
    const again = await runPlaybook(join(path, 'book.ts'), options).result
    deepStrictEqual(again.hosts['two'], { ok: 3, changed: 0, failed: 0, unreachable: 0, skipped: 0, pending: 0 })
  }),
)

test(
  'a program makes a plan and applies it',
  inProgram(async path => {
    const options = { inventory: join(path, 'inv.yaml'), limit: ['one'], vars: { mode: '0600' } }
    const { plan } = await planPlaybook(join(path, 'book.ts'), options).result
    ok(plan)
    deepStrictEqual(plan.options.extraVars, ['mode=0600'])
    ok(!existsSync(join(path, 'one')))
    const { hosts } = await applyPlan('a plan', plan).result
    deepStrictEqual(hosts['one']?.changed, 3)
  }),
)

test(
  'errors are thrown where the program waits, before a host is touched',
  inProgram(async path => {
    const inventory = join(path, 'inv.yaml')
    const wrong = { inventory, vars: { colour: 'red' } }
    await rejects(collect(runPlaybook(join(path, 'book.ts'), wrong)), (error: unknown) => {
      ok(error instanceof HaqError)
      match(error.message, /no variable colour/)
      return true
    })
    await rejects(runPlaybook(join(path, 'none.ts'), { inventory }).result, /no playbook/)
    const run = runPlaybook(join(path, 'none.ts'), { inventory })
    await rejects(run.result)
    await rejects(collect(run), UsageError)
  }),
)

test(
  'a signal ends a run between two steps',
  inProgram(async path => {
    const controller = new AbortController()
    controller.abort()
    const options = { inventory: join(path, 'inv.yaml'), limit, signal: controller.signal }
    const { interrupted } = await runPlaybook(join(path, 'book.ts'), options).result
    ok(interrupted)
    ok(!existsSync(join(path, 'one')))
  }),
)

test(
  'a program reads an inventory',
  inProgram(async path => {
    const { hosts } = await loadInventory(join(path, 'inv.yaml'))
    deepStrictEqual([...hosts.keys()], ['one', 'two', 'three'])
  }),
)

test.run()
