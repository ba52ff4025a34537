import { match, ok, strictEqual } from 'node:assert'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { suite } from 'uvu'
import { Site, whyNoLab } from './site.ts'

const playbook = 'test/lab/playbooks/secrets.ts'

const secrets = suite('lab: secrets')
const reason = await whyNoLab()
if (reason) process.stdout.write(`skipped: secrets in the lab: ${reason}\n`)
const test = reason ? secrets.skip : secrets
let site: Site
let watcher: ReturnType<typeof watchProcesses>

/** Reads the command lines of all processes of this machine, including those of the lab's hosts, again and again. */
function watchProcesses(output: string) {
  return execa('bash', ['-c', `while :; do grep -aihs '[x]anary' /proc/[0-9]*/cmdline; done >${output}`], {
    reject: false,
    stdin: 'ignore',
  })
}

const seen = (): string => join(site.inventory, '../seen')

secrets.before(async () => {
  if (reason) return
  site = await Site.up({ suite: 'bookworm', env: { HAQ_ERLANG_COOKIE: 'XANARYcookie', HAQ_VRRP_PASSWORD: 'XaNaRy77' } })
  // The old content is a secret that haq does not know of.
  await site.on('initiator', 'printf XANARYold >/etc/haq-secret')
  watcher = watchProcesses(seen())
})
secrets.after(async () => {
  if (reason) return
  watcher.kill()
  await site.down()
})

/** Runs haq on the playbook, and fails when a canary is in its output. */
async function haq(
  ...words: readonly string[]
): Promise<{ readonly exitCode: number | undefined; readonly all: string }> {
  const { exitCode, all } = await execa('node', ['dist/src/cli/main.js', ...words], {
    env: { ...site.env, FORCE_COLOR: '0' },
    reject: false,
    all: true,
    stdin: 'ignore',
  })
  ok(!/xanary/i.test(all), `haq ${words.join(' ')} shows a secret:\n${/^.*xanary.*$/im.exec(all)?.[0]}`)
  return { exitCode, all }
}

const book = (): readonly string[] => [playbook, '-i', site.inventory, '--lab']
const details = ['-vvv', '--diff'] as const

test('no output shows a secret, with any options, and no plan contains one', async () => {
  for (const output of ['plain', 'json', 'pretty'])
    strictEqual((await haq('run', ...book(), '--check', ...details, '-o', output)).exitCode, 0)
  const plan = join(site.inventory, '../secrets.plan')
  strictEqual((await haq('plan', ...book(), ...details, '-o', plan)).exitCode, 0)
  ok(!/xanary/i.test(await readFile(plan, 'utf8')))
  const applied = await haq('apply', plan, ...details)
  strictEqual(applied.exitCode, 0, applied.all)
  await rm(plan)
  const inPlace = await site.on('initiator', `cat /etc/haq-secret /etc/haq-password /var/lib/rabbitmq/.erlang.cookie`)
  match(inPlace, /XANARY'quoted.*XANARYpart.*XANARYcookie/s)
})

test('no secret shows when a step fails and prints it, or in an undo', async () => {
  for (const [fails, says] of [
    ['a step', /exit status 3|\*{8}/],
    ['a validator', /\*{8}/],
    ['a syntax', /[Ss]yntax/],
  ] as const) {
    const failed = await haq('run', ...book(), ...details, '-o', 'plain', '-e', `fails=${fails}`)
    strictEqual(failed.exitCode, 2, failed.all)
    match(failed.all, says)
  }
  await site.on('initiator', `printf 'XA%s\n' NARYlater >>/etc/haq-password`)
  const mended = await haq('run', ...book(), ...details, '-o', 'plain')
  strictEqual(mended.exitCode, 0, mended.all)
  strictEqual((await haq('undo', ...details, '-o', 'plain')).exitCode, 0)
  match(await site.on('initiator', 'cat /etc/haq-password'), /XANARYlater/)
  for (const output of ['plain', 'json', 'pretty']) await haq('show', 'last', ...details, '-o', output)
})

test('the journal contains no secret, and no process has one in its command line', async () => {
  // The watcher must not see this command line.
  const journal = await execa('grep', ['-ril', '[x]anary', `${site.env['XDG_STATE_HOME']}/haq/runs`], { reject: false })
  strictEqual(journal.stdout, '')
  strictEqual(journal.exitCode, 1)
  strictEqual(watcher.exitCode, null, 'the watcher has looked all the time')
  strictEqual(await readFile(seen(), 'latin1'), '')
})

test('on the host the secrets are only in their files, and only root can read the backups for undo', async () => {
  const found = await site.on(
    'initiator',
    `find / -xdev -type f -size -2M -not -path '/proc/*' -not -path '/sys/*' -print0 |
xargs -0 grep -il '[x]anary' | grep -v '^/var/lib/haq/undo/' | sort`,
  )
  strictEqual(
    found,
    [
      '/etc/haq-by-command',
      '/etc/haq-password',
      '/etc/haq-secret',
      '/etc/keepalived/keepalived.conf',
      '/var/lib/rabbitmq/.erlang.cookie',
    ].join('\n'),
  )
  strictEqual(await site.on('initiator', 'stat -c %a /var/lib/haq/undo'), '700')
})

secrets.run()
