import { match, ok, strictEqual } from 'node:assert'
import { spawn } from 'node:child_process'
import {
  chownSync,
  chmodSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { execaSync } from 'execa'
import { suite } from 'uvu'
import { MaskedText, type Script } from 'haq'
import type { WriteStep } from '../../src/core/step.ts'
import { stepScript } from '../../src/engine/step-script.ts'
import { editableFile, file, secretFile } from '../../src/facts/file.ts'
import { shells, withShell } from '../shells.ts'
import { inFolder } from '../temp.ts'

/** An unprivileged user of the host, who owns the folder that root writes to. */
const bob = 65_534
const tries = 60

const hostile = suite('a folder of somebody else')
const test = process.getuid?.() === 0 ? hostile : hostile.skip
if (process.getuid?.() !== 0) process.stdout.write('skipped: folders of somebody else: only root can make them\n')

function write(path: string): Script {
  const step: WriteStep = {
    kind: 'write',
    path,
    content: new MaskedText('new', 'new'),
    mode: '0644',
    owner: 'nobody',
    group: 'nogroup',
    before: null,
    change: { what: path, from: 'old', to: 'new' },
    predicts: [],
  }
  return stepScript(step)
}

/** A folder of bob's beside a file of root's. */
function plant(folder: string): { readonly home: string; readonly victim: string } {
  chmodSync(folder, 0o755)
  const home = join(folder, 'bob')
  const victim = join(folder, 'victim')
  writeFileSync(victim, 'secret', { mode: 0o600 })
  mkdirSync(home)
  chownSync(home, bob, bob)
  return { home, victim }
}

function isUntouched(victim: string): void {
  const { uid, mode } = lstatSync(victim)
  strictEqual(readFileSync(victim, 'utf8'), 'secret')
  strictEqual(`${uid} ${(mode & 0o777).toString(8)}`, '0 600')
}

for (const { name, exec } of shells) {
  test(
    `${name}: a link of an unprivileged user is neither read nor written through`,
    inFolder(async folder => {
      const { home, victim } = plant(folder)
      const link = join(home, '.profile')
      symlinkSync(victim, link)
      lchownSync(link, bob, bob)
      await withShell(exec, async shell => {
        for (const fact of [file(link), secretFile(link), editableFile(link)]) {
          const { status, stdout, stderr } = await shell.read(fact)
          strictEqual(status, 1)
          ok(!stdout.includes('secret'))
          match(stderr, /is a link of user 65534; haq follows only links of root/)
        }
        const { status, stderr } = await shell.run(write(link))
        strictEqual(status, 1)
        match(stderr, /is a link of user 65534/)
      })
      isUntouched(victim)
    }),
  )

  test(
    `${name}: a device that a link leads to is not replaced`,
    inFolder(async folder => {
      const { victim } = plant(folder)
      const device = join(folder, 'device')
      execaSync('mknod', [device, 'c', '1', '3'])
      symlinkSync(device, join(folder, 'masked'))
      await withShell(exec, async shell => {
        const { status, stderr } = await shell.run(write(join(folder, 'masked')))
        strictEqual(status, 1)
        match(stderr, /device is not a regular file/)
      })
      ok(lstatSync(device).isCharacterDevice())
      isUntouched(victim)
    }),
  )

  test(
    `${name}: root's own link is followed`,
    inFolder(async folder => {
      const { victim } = plant(folder)
      symlinkSync(victim, join(folder, 'link'))
      await withShell(exec, async shell => {
        strictEqual((await shell.run(write(join(folder, 'link')))).status, 0)
      })
      strictEqual(readFileSync(victim, 'utf8'), 'new')
      ok(lstatSync(join(folder, 'link')).isSymbolicLink())
    }),
  )
}

/** Puts a link in the place of whatever appears in bob's folder, as fast as it can. */
const race = `
my ($home, $victim) = @ARGV;
while (1) {
  opendir(my $d, $home) or next;
  for (grep { /^\\.haq-/ } readdir $d) { unlink "$home/$_"; symlink $victim, "$home/$_" }
}`

test(
  `what is staged beside the target can't be swapped for a link, in ${tries} tries`,
  inFolder(async folder => {
    const { home, victim } = plant(folder)
    const words = [`--reuid=${bob}`, `--regid=${bob}`, '--clear-groups', 'perl', '-e', race, home, victim]
    const racer = spawn('setpriv', words, { stdio: 'ignore' })
    const [first] = shells
    ok(first)
    try {
      await withShell(first.exec, async shell => {
        for (let i = 0; i < tries; i++) {
          // A write that loses the race fails; what counts is what it never does.
          await shell.run(write(join(home, 'conf')))
          isUntouched(victim)
        }
      })
    } finally {
      racer.kill('SIGKILL')
    }
  }),
)

hostile.run()
