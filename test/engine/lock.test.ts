import { deepStrictEqual, match, ok, rejects, strictEqual } from 'node:assert'
import { existsSync } from 'node:fs'
import { chmod, mkdir, readFile, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'uvu'
import { on, sh } from 'haq'
import { HostLocks } from '../../src/engine/lock.ts'
import { HostShell } from '../../src/transport/host-shell.ts'
import { inFolder } from '../temp.ts'
import { shells, shellWith } from '../shells.ts'
import { asNobody, content, hold, need, onSite, Site } from './site.ts'

const pause = (): Promise<void> => new Promise(resolve => setTimeout(resolve, 20))

const holder = (name: string): string => `${name}@control, pid 1, since 2026-01-01T00:00:00Z, playbook book.ts`

/** Locks of a run; what it warns of is in `warnings`. */
function locksOf(name: string, timeout = 0, warnings: string[] = [], interrupted = () => false): HostLocks {
  return new HostLocks({ timeout, holder: holder(name) }, message => warnings.push(message), interrupted)
}

for (const { name, exec } of shells) {
  const onShells = (title: string, use: (open: () => HostShell, folder: string) => Promise<void>): void => {
    test(
      `${title} (${name})`,
      inFolder(async folder => {
        await chmod(folder, 0o777)
        const words = [...asNobody, ...shellWith({ HOME: folder }, exec)]
        const opened: HostShell[] = []
        const open = (): HostShell => {
          const shell = new HostShell('a', { connection: 'exec', address: 'a', exec: words }, { up: 30, end: 0.1 })
          opened.push(shell)
          return shell
        }
        try {
          await use(open, folder)
        } finally {
          await Promise.all(opened.map(shell => shell.close()))
        }
      }),
    )
  }

  onShells('a lock is refused with the words of its holder, until that session ends', async open => {
    const [first, second] = [open(), open()]
    strictEqual(await locksOf('one').take('a', first), false)
    await rejects(locksOf('two').take('a', second), {
      code: 'LOCKED',
      message: `a is held by another run: ${holder('one')}`,
      hint: /^wait longer with --lock-timeout; its shell on the host is process \d+$/,
    })
    await first.close()
    strictEqual(await locksOf('two').take('a', second), false)
  })

  onShells('what a step starts does not keep the lock', async (open, folder) => {
    const first = open()
    await locksOf('one').take('a', first)
    const daemon = sh`(until [ -e "$HOME/go" ] || [ ! -d "$HOME" ]; do sleep 0.1; done; : >"$HOME/gone") >/dev/null 2>&1 &`
    strictEqual((await first.run(daemon)).status, 0)
    await first.close()
    await locksOf('two').take('a', open())
    strictEqual((await open().run(sh`: >"$HOME/go"`)).status, 0)
    while (!existsSync(join(folder, 'gone'))) await pause()
  })

  onShells('a session that is killed leaves no lock, nor words that are believed', async open => {
    const first = open()
    await locksOf('one').take('a', first)
    const pid = Number((await first.run(sh`echo $$`)).stdout)
    process.kill(pid, 'SIGKILL')
    await rejects(first.run(sh`:`))
    const second = open()
    await locksOf('two').take('a', second)
    await rejects(locksOf('three').take('a', open()), { message: `a is held by another run: ${holder('two')}` })
  })

  onShells('a holder that has not said who it is gets time to', async open => {
    await open().hold(sh`mkdir -p "$HOME/.local/state/haq"; exec 9>"$HOME/.local/state/haq/lock"; flock -n 9`)
    await rejects(locksOf('two').take('a', open()), {
      message: 'a is held by another run: it does not say which',
    })
  })

  onShells('where the lock can not be written a warning says so', async (open, folder) => {
    const warnings: string[] = []
    const shell = open()
    await shell.run(sh`: >"$HOME/.local"`)
    strictEqual(await locksOf('one', 0, warnings).take('a', shell), false)
    deepStrictEqual(warnings, [`a has no lock against a second run: ${folder}/.local/state/haq/lock can't be written`])
    strictEqual((await shell.run(sh`echo fine`)).stdout, 'fine\n')
  })
}

const lockFile = (host: string): string => `${host}/.local/state/haq/lock`
const by = (name: string, timeout = 0) => ({ lock: { timeout, holder: holder(name) } })

/** A run that holds its host until the file `go` is there. */
function slowRun(site: Site): Promise<unknown> {
  const waits = sh`: >"$HOST.begun"; until [ -e "$HOST.go" ]; do sleep 0.02; done; printf x >"$HOST.one"`
  return site.run([{ tasks: () => [hold({ name: 'one', script: waits })] }], by('first'))
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await pause()
}

const plays = [{ tasks: () => [hold({ name: 'one' }), hold({ name: 'two' })] }]

onSite(
  'a second run on a host is refused there before it changes anything, and goes on elsewhere',
  ['a'],
  async site => {
    const first = slowRun(site)
    await until(() => site.has('a', 'begun'))
    const second = new Site(site.folder, ['a', 'b'])
    const { hosts } = await second.run(plays, by('second'))
    deepStrictEqual(second.ended.toSorted(), [
      'a hold one failed',
      'a hold two skipped',
      'b hold one changed',
      'b hold two changed',
    ])
    strictEqual(second.task('hold one').failure?.message, `a is held by another run: ${holder('first')}`)
    strictEqual(hosts['a']?.failed, 1)
    site.write('a', 'go')
    await first
    ok(!site.has('a', 'two'))
  },
)

onSite('a run that waits for the lock says so at once, and then reads everything again', ['a'], async site => {
  const first = slowRun(site)
  await until(() => site.has('a', 'begun'))
  const second = new Site(site.folder)
  const waiting = second.run(plays, by('second', 60))
  await until(() => second.warnings.length > 0)
  deepStrictEqual(second.warnings, [`a is held by another run: ${holder('first')}; waiting up to 60 s`])
  site.write('a', 'go')
  await Promise.all([first, waiting])
  deepStrictEqual(second.ended, ['a hold one ok', 'a hold two changed'])
})

onSite('Ctrl-C ends the wait for a lock', ['a'], async site => {
  const first = slowRun(site)
  await until(() => site.has('a', 'begun'))
  const controller = new AbortController()
  const second = new Site(site.folder)
  const facts = { now: content('kind') }
  const branches = { name: 'branches', facts, tasks: () => [hold({ name: 'three' })] }
  for (const play of [...plays, branches]) {
    const waiting = second.run([play], { ...by('second', 3600), signal: controller.signal })
    await until(() => second.warnings.length > 0 || controller.signal.aborted)
    controller.abort()
    await waiting
    ok(second.tasks.every(({ status }) => status === 'skipped'))
  }
  site.write('a', 'go')
  await first
})

onSite('the lock costs no round trip, and stays away from hosts that are only looked at', ['a', 'b'], async site => {
  const peer = { ...need({ name: 'one' }), facts: { now: on({ name: 'b' }, content('one')) }, plan: () => [] }
  const looking = [{ hosts: ['a'], tasks: () => [hold({ name: 'one' }), peer] }]
  await site.run(looking, by('first'))
  const { roundTrips } = await site.run(looking, by('first'))
  deepStrictEqual(roundTrips, { a: 1, b: 1 })
  match(await readFile(join(site.folder, lockFile('a')), 'utf8'), /^\d+\n[\w-]{36}\nfirst@control, /)
  ok(!existsSync(join(site.folder, lockFile('b'))))
})

onSite('check mode takes no lock and asks for none', ['a'], async site => {
  await site.run(plays, { ...by('first'), check: true })
  ok(!existsSync(join(site.folder, lockFile('a'))))
  const first = slowRun(site)
  await until(() => site.has('a', 'begun'))
  const second = new Site(site.folder)
  await second.run(plays, { ...by('second'), check: true })
  deepStrictEqual([second.ended, second.warnings], [['a hold one changed', 'a hold two changed'], []])
  site.write('a', 'go')
  await first
})

onSite('a host that has two names in the inventory is locked once', ['a', 'b'], async site => {
  const own = [...asNobody, ...shellWith({ HOME: `${site.folder}/a`, HOST: `${site.folder}/a` })]
  for (const host of site.hosts) site.reachBy(host, own)
  for (let run = 0; run < 5; run++) {
    const { hosts } = await site.run([{ tasks: () => [hold({ name: `file-${run}` })] }], by('first'))
    deepStrictEqual([hosts['a']?.failed, hosts['b']?.failed], [0, 0], site.task(`hold file-${run}`).failure?.message)
  }
})

onSite('a host without flock is said to have no lock, once, and the run goes on', ['a'], async site => {
  const bin = join(site.folder, 'bin')
  await mkdir(bin)
  for (const tool of ['id', 'mkdir', 'cat', 'ls']) await symlink(`/usr/bin/${tool}`, join(bin, tool))
  site.paths.set('a', bin)
  await site.run([...plays, { name: 'more', tasks: () => [hold({ name: 'three' })] }], by('first'))
  deepStrictEqual(site.warnings, ['a has no lock against a second run: it has no flock'])
  deepStrictEqual(site.ended, ['a hold one changed', 'a hold two changed', 'a hold three changed'])
})

test.run()
