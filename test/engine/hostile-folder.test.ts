import { match, ok, strictEqual } from 'node:assert'
import { spawn } from 'node:child_process'
import {
  chownSync,
  chmodSync,
  existsSync,
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
import { absent, lines, makeFolders, MaskedText, setAttributes, unknown, type Plan, type Script } from 'haq'
import { directory } from 'haq/modules'
import { stepsOf, type RemoveStep, type WriteStep } from '../../src/core/step.ts'
import { stepScript } from '../../src/engine/step-script.ts'
import { editableFile, file, secretFile } from '../../src/facts/file.ts'
import type { HostShell } from '../../src/transport/host-shell.ts'
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

const removeStep: RemoveStep = {
  kind: 'remove',
  path: '',
  before: unknown,
  change: { what: 'file', from: 'old', to: 'absent' },
  predicts: [],
}

const stepsScript = (plan: Plan): Script => lines(...stepsOf(plan).map(stepScript))

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
    `${name}: a folder of theirs that is a link is not gone through, by whatever is done there`,
    inFolder(async folder => {
      const { home, victim } = plant(folder)
      const link = join(home, 'app')
      symlinkSync(folder, link)
      lchownSync(link, bob, bob)
      const path = join(link, 'victim')
      const scripts = {
        write: write(path),
        remove: stepScript({ ...removeStep, path }),
        attributes: setAttributes(path, { owner: 'nobody', mode: '0666' }),
        'make folders': makeFolders(join(link, 'sub')),
        'make a folder': stepsScript(directory({ path: join(link, 'sub') }).plan({ directory: absent })),
        'remove a folder': stepsScript(
          directory({ path: join(link, 'bob'), state: 'absent', recursive: true }).plan({
            directory: { type: 'directory', mode: '0755', owner: 'root', group: 'root' },
          }),
        ),
      }
      await withShell(exec, async shell => {
        for (const fact of [file(path), secretFile(path), editableFile(path), file(join(link, 'none'))]) {
          const { status, stdout, stderr } = await shell.read(fact)
          strictEqual(status, 1)
          ok(!stdout.includes('secret'))
          match(stderr, /app is a link of user 65534/)
        }
        for (const [what, script] of Object.entries(scripts)) {
          const { status, stderr } = await shell.run(script)
          strictEqual(status, 1, what)
          match(stderr, /app is a link of user 65534/, what)
        }
      })
      isUntouched(victim)
      ok(!existsSync(join(folder, 'sub')))
      ok(lstatSync(home).isDirectory())
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

/** Turns bob's folder into a link to the victim's and back, as fast as it can. */
const flip = `
my ($home, $target) = @ARGV;
while (1) { rename "$home/app", "$home/real"; symlink $target, "$home/app"; unlink "$home/app"; rename "$home/real", "$home/app" }`

/** Does something again and again while bob runs a program against it. */
async function against(program: string, words: readonly string[], attempt: (shell: HostShell) => Promise<void>) {
  const bobs = [`--reuid=${bob}`, `--regid=${bob}`, '--clear-groups', 'perl', '-e', program, ...words]
  const racer = spawn('setpriv', bobs, { stdio: 'ignore' })
  const [first] = shells
  ok(first)
  try {
    await withShell(first.exec, async shell => {
      for (let i = 0; i < tries; i++) await attempt(shell)
    })
  } finally {
    racer.kill('SIGKILL')
  }
}

test(
  `a folder on the way can't be swapped for a link, in ${tries} tries of each`,
  inFolder(async folder => {
    const { home, victim } = plant(folder)
    mkdirSync(join(home, 'app'))
    chownSync(join(home, 'app'), bob, bob)
    const path = join(home, 'app', 'victim')
    await against(flip, [home, folder], async shell => {
      // An attempt that loses the race fails; what counts is what none of them ever does.
      await shell.run(write(path))
      await shell.run(setAttributes(path, { owner: 'nobody', mode: '0666' }))
      await shell.run(stepScript({ ...removeStep, path }))
      isUntouched(victim)
    })
  }),
)

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
    await against(race, [home, victim], async shell => {
      await shell.run(write(join(home, 'conf')))
      isUntouched(victim)
    })
  }),
)

hostile.run()
