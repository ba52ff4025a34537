import { deepStrictEqual, match, ok, strictEqual } from 'node:assert'
import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { ExecaError } from 'execa'
import { suite } from 'uvu'
import { Site, whyNoLab } from './site.ts'

const playbook = 'test/lab/playbooks/plan.ts'

const reason = await whyNoLab()
if (reason) process.stdout.write(`skipped: saved plans in the lab: ${reason}\n`)

const plans = suite('lab: saved plans')
const test = reason ? plans.skip : plans
let site: Site

interface Output {
  readonly exitCode: number | undefined
  readonly stdout: string
}

/** Runs haq; it may fail. */
async function haq(...words: readonly string[]): Promise<Output> {
  return site.haq(...words).then(
    stdout => ({ exitCode: 0, stdout }),
    (error: unknown) => {
      if (!(error instanceof ExecaError)) throw error
      return { exitCode: error.exitCode, stdout: `${String(error.stdout)}\n${String(error.stderr)}` }
    },
  )
}

const file = (): string => join(dirname(site.inventory), 'plan.json')

const plan = (...words: readonly string[]): Promise<Output> =>
  haq('plan', playbook, '-i', site.inventory, '--lab', '-o', file(), '--detailed-exitcode', ...words)

/** The changes in an output of JSON lines, one line a change. */
const changesOf = ({ stdout }: Output): readonly string[] =>
  stdout
    .split('\n')
    .filter(line => line.startsWith('{'))
    .map(line => JSON.parse(line) as { host?: string; task?: string; changes?: { what: string; to: string }[] })
    .flatMap(({ host, task, changes = [] }) => changes.map(({ what, to }) => `${host}: ${task}: ${what} → ${to}`))
    .toSorted()

const state = (host: string): Promise<string> =>
  site.on(
    host,
    'cat /etc/hosts /proc/sys/net/ipv4/conf/all/arp_* /etc/haq-test* 2>&1; ip -o address show lo; ls /etc/sysctl.d /etc/systemd/system',
  )

if (!reason)
  plans.before(async () => {
    // The playbook does not use it, but the reference inventory has it.
    site = await Site.up({ suite: 'bookworm', env: { HAQ_ERLANG_COOKIE: 'unused' } })
  })
plans.after(async () => {
  if (!reason) await site.down()
})

test('a host with drift since the plan is refused and not changed, and the other host gets exactly its plan', async () => {
  const planned = await plan('--output', 'json')
  strictEqual(planned.exitCode, 2, planned.stdout)
  ok(!(await readFile(file(), 'utf8')).includes('CANARY'), 'no secret is in the plan')
  await site.on('mygateway', 'echo 10.9.8.7 drift >>/etc/hosts')
  const before = await state('mygateway')

  const applied = await haq('apply', file(), '--output', 'json')
  strictEqual(applied.exitCode, 2, applied.stdout)
  match(applied.stdout, /"host":"mygateway","task":"hostsFile[^}]*"status":"failed".*planned for mygateway\\nplanned: /)
  strictEqual(await state('mygateway'), before)
  deepStrictEqual(
    changesOf(applied),
    changesOf(planned).filter(change => change.startsWith('initiator: ')),
  )
  match(await state('initiator'), /192\.168\.1\.120\/32/)
})

test('a new plan is applied, is refused the second time, and the next plan is empty', async () => {
  const planned = await plan('--output', 'json')
  strictEqual(planned.exitCode, 2, planned.stdout)
  const applied = await haq('apply', file(), '--output', 'json')
  strictEqual(applied.exitCode, 0, applied.stdout)
  deepStrictEqual(changesOf(applied), changesOf(planned))
  match(await state('mygateway'), /192\.168\.1\.120\/32/)

  const again = await haq('apply', file(), '--output', 'json')
  strictEqual(again.exitCode, 2, again.stdout)
  deepStrictEqual(changesOf(again), [])
  strictEqual((await plan()).exitCode, 0)
  strictEqual((await haq('apply', file())).exitCode, 0)
})

test('the variables of the plan are applied, not variables that are given later', async () => {
  strictEqual((await plan('-e', 'setting=two', '--limit', 'initiator')).exitCode, 2)
  strictEqual((await haq('apply', file())).exitCode, 0)
  strictEqual(await site.on('initiator', 'cat /etc/haq-test'), 'two')
  strictEqual(await site.on('mygateway', 'cat /etc/haq-test'), 'one')
})

plans.run()
