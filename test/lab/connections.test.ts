import { deepStrictEqual, match, ok, strictEqual } from 'node:assert'
import { suite } from 'uvu'
import { eventually, Site, whyNoLab } from './site.ts'

const playbook = 'test/lab/playbooks/basics.ts'

const connections = suite('lab: connections')
const reason = await whyNoLab()
if (reason) process.stdout.write(`skipped: connections in the lab: ${reason}\n`)
const test = reason ? connections.skip : connections
let site: Site

connections.before(async () => {
  // The playbook does not use it, but the reference inventory has it.
  if (!reason) site = await Site.up({ suite: 'bookworm', env: { HAQ_ERLANG_COOKIE: 'unused' } })
})
connections.after(async () => {
  if (!reason) await site.down()
})

const logins = (host: string): Promise<string> => site.on(host, 'journalctl -u ssh | grep -c Accepted || true')
const check = (...words: readonly string[]) => site.run(playbook, '--check', '--limit', 'initiator', ...words)
/** The sshd processes of root's sessions. */
const sessions = `ps -C sshd -o pid=,args= | sed -n 's/^ *\\([0-9]*\\) sshd: root@.*/\\1/p'`

test('the next run uses the connection of the run before, unless connections are not kept', async () => {
  strictEqual((await check()).exitCode, 0)
  const before = await logins('initiator')
  strictEqual((await check()).exitCode, 0)
  strictEqual(await logins('initiator'), before)
  strictEqual((await check('--keep-connections', '0')).exitCode, 0)
  strictEqual(await logins('initiator'), String(Number(before) + 1))
})

test('a kept connection that does not answer is replaced by a new one', async () => {
  const before = await logins('initiator')
  await site.on('initiator', `kill -STOP $(${sessions})`)
  const output = await check()
  await site.on('initiator', `kill -CONT $(${sessions})`)
  strictEqual(output.exitCode, 0, output.all)
  strictEqual(await logins('initiator'), String(Number(before) + 1))
})

test('a host that accepts connections and never answers is unreachable, and the others go on', async () => {
  await site.on('mygateway', 'systemctl kill --signal STOP ssh')
  const output = await site.run(playbook, '--check', '--keep-connections', '0')
  await site.on('mygateway', 'systemctl kill --signal CONT ssh')
  strictEqual(output.exitCode, 4, output.all)
  match(output.all, /mygateway: it does not answer \(.*timed out/)
  const { ok: fine, changed, pending, ...others } = output.recap['initiator'] ?? {}
  ok((fine ?? 0) + (changed ?? 0) + (pending ?? 0) > 5)
  deepStrictEqual(others, { failed: 0, unreachable: 0, skipped: 0 })
})

test('a host that stops answering during a run is unreachable, and the next run runs its pending handler', async () => {
  const running = site.start('test/lab/playbooks/slow.ts')
  await eventually(
    () => site.on('mygateway', 'ls /run/slow 2>/dev/null || true'),
    seen => seen !== '',
    30,
  )
  await site.on('mygateway', `kill -STOP $(${sessions})`)
  const { exitCode, all } = await running
  await site.on('mygateway', `kill -CONT $(${sessions})`)
  strictEqual(exitCode, 4, all)
  match(all, /mygateway: (it does not answer|the connection was lost)/)
  match(all, /"host":"initiator"[^\n]*"status":"changed"/)
  match(all, /mygateway may have a pending handler: service ssh reloaded/)
  const next = await site.run('test/lab/playbooks/slow.ts')
  strictEqual(next.exitCode, 0, next.all)
  match(next.all, /"host":"mygateway","task":"service ssh reloaded"/)
})

connections.run()
