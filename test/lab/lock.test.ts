import { match, strictEqual } from 'node:assert'
import { suite } from 'uvu'
import { eventually, Site, whyNoLab } from './site.ts'

const playbook = 'test/lab/playbooks/lock.ts'

const reason = await whyNoLab()
if (reason) process.stdout.write(`skipped: the lock of a host in the lab: ${reason}\n`)

const locks = suite('lab: one run a host')
const test = reason ? locks.skip : locks
let site: Site

if (!reason)
  locks.before(async () => {
    site = await Site.up({ suite: 'bookworm', env: { HAQ_ERLANG_COOKIE: 'unused' } })
  })
locks.after(async () => {
  if (!reason) await site.down()
})

const isThere = (path: string): Promise<string> => site.on('initiator', `[ -e ${path} ] && echo yes || echo no`)

test('a killed run keeps the lock of its host over ssh until its step has ended, and no longer', async () => {
  const words = [playbook, '--limit', 'initiator', '--lock-timeout'] as const
  const first = site.start(...words, '0')
  await eventually(
    () => isThere('/run/haq-test-begun'),
    seen => seen === 'yes',
    30,
  )
  first.kill('SIGKILL')
  await first

  const held = new RegExp(`initiator is held by another run: root@\\S+, pid ${first.pid}, since \\S+Z, playbook `)
  const refused = await site.run(...words, '0')
  strictEqual(refused.exitCode, 2, refused.all)
  match(refused.all, held)
  strictEqual(await site.on('initiator', 'stat -c %a:%U /run/haq-lock'), '700:root')

  const second = site.start(...words, '120')
  let said = ''
  second.all.on('data', (chunk: Buffer) => (said += chunk.toString()))
  await eventually(
    () => Promise.resolve(said),
    seen => seen.includes('waiting up to 120 s'),
    30,
  )
  await site.on('initiator', ': >/run/haq-test-go')
  const { exitCode, all } = await second
  strictEqual(exitCode, 0, all)
  match(all, /"ok":2,"changed":1,"failed":0/)

  // The daemon that the first run started is still running, and does not hold the lock.
  strictEqual(await site.on('initiator', 'pgrep -x sleep >/dev/null && flock -n /run/haq-lock/lock echo free'), 'free')
})

locks.run()
