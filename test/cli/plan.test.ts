import { deepStrictEqual, match, ok, strictEqual } from 'node:assert'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, stat, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'uvu'
import { inProject } from './haq.ts'

const plan = ['plan', 'book.ts', '-i', 'inv', '--limit', 'here', '-o', 'p.json'] as const
const check = ['run', 'book.ts', '-i', 'inv', '--check', '--detailed-exitcode'] as const

const withoutSeconds = (text: string): string => text.replaceAll(/"seconds":[\d.]+|\b[\d.]+s$/gm, '')

test(
  'plan, show and apply: apply makes the changes that show printed, and none shows a secret',
  inProject(async ({ haq, path }) => {
    const planned = await haq(...plan, '-e', 'lvs=false', '--tags', 'dir', '--output', 'json', '--diff')
    strictEqual(planned.exitCode, 0, planned.all)
    const all = await haq(...plan, '-e', 'lvs=false', '--output', 'json', '--diff')
    const files = (await readdir(path)).filter(name => !name.startsWith('.')).sort()
    deepStrictEqual(files, ['book.ts', 'inv.yaml', 'p.json'])
    const file = join(path, 'p.json')
    strictEqual((await stat(file)).mode & 0o777, 0o600)
    const text = await readFile(file, 'utf8')
    ok(!text.includes('c00kie'), text)
    const saved = JSON.parse(text) as Record<string, unknown>
    match(String(saved['created']), /^\d{4}-\d\d-\d\dT/)
    match(String(saved['by']), /^.+@.+$/)
    deepStrictEqual(
      { ...saved, created: '', by: '', events: [] },
      {
        ...{ haq: 'plan', version: 1, created: '', by: '', playbook: 'book.ts', inventory: 'inv' },
        options: { limit: ['here'], extraVars: ['lvs=false'] },
        events: [],
      },
    )
    const shown = await haq('show', 'p.json', '-o', 'json', '-D')
    strictEqual(shown.stdout, all.stdout)
    const applied = await haq('apply', 'p.json', '-o', 'json', '-D')
    strictEqual(applied.exitCode, 0, applied.all)
    const asRun = (lines: string): readonly string[] =>
      withoutSeconds(lines)
        .replaceAll(/,"check":true/g, '')
        .split('\n')
        .slice(0, -1)
        .sort()
    deepStrictEqual(asRun(applied.stdout), asRun(shown.stdout))
    strictEqual(await readFile(join(path, 'one', 'f'), 'utf8'), 'false')
    ok(!applied.all.includes('c00kie') && !shown.all.includes('c00kie'), 'a secret shows')
  }),
)

for (const kind of ['pretty', 'plain'] as const)
  test(
    `haq show prints a plan as check mode did, with its author and its time: ${kind}`,
    inProject(async ({ haq }) => {
      const checked = await haq('run', 'book.ts', '-i', 'inv', '--limit', 'one', '-C', '-D', '-o', kind)
      strictEqual((await haq('plan', 'book.ts', '-i', 'inv', '--limit', 'one', '-o', 'p')).exitCode, 0)
      const { stdout, exitCode } = await haq('show', 'p', '-D', '-o', kind)
      strictEqual(exitCode, 0)
      const [head, ...rest] = withoutSeconds(stdout).split('\n')
      match(head ?? '', /^plan of book\.ts with inv, made 2\S+Z by \S+@\S+$/)
      const sorted = (lines: readonly string[]): readonly string[] => (kind === 'pretty' ? lines.toSorted() : lines)
      deepStrictEqual(sorted(rest), sorted(withoutSeconds(checked.stdout).split('\n')))
    }),
  )

test(
  'a host with drift is refused and the difference is shown; nothing is applied there, and the other host converges',
  inProject(async ({ haq, path, write }) => {
    strictEqual((await haq(...plan)).exitCode, 0)
    await mkdir(join(path, 'two'))
    await write('two/f', 'by hand')
    const { exitCode, stdout } = await haq('apply', 'p.json')
    strictEqual(exitCode, 2, stdout)
    match(
      stdout,
      /^failed +two  directory .*\n    this is no longer what was planned for two\n    planned: .*: absent → /m,
    )
    match(stdout, /^one  ok=0 changed=3 failed=0 .*\ntwo  ok=0 changed=0 failed=1 /m)
    strictEqual(await readFile(join(path, 'two', 'f'), 'utf8'), 'by hand')
    ok(!existsSync(join(path, 'two', 'cookie')))
    strictEqual((await haq(...plan, '--detailed-exitcode')).exitCode, 2)
    strictEqual((await haq('apply', 'p.json')).exitCode, 0)
    strictEqual((await haq(...plan, '--detailed-exitcode')).exitCode, 0)
  }),
)

for (const [what, before, status] of [
  ['changes', [], 2],
  ['nothing to do', ['run', 'book.ts', '-i', 'inv'], 0],
  ['a host that fails', [], 1],
  ['a host that is unreachable', [], 1],
] as const)
  test(
    `--detailed-exitcode is ${status} for ${what}`,
    inProject(async ({ haq, write }) => {
      if (before.length > 0) strictEqual((await haq(...before)).exitCode, 0)
      if (what === 'a host that fails') await write('one', 'a file where the folder goes')
      const words = what === 'a host that is unreachable' ? ['-e', 'what=gone'] : []
      const { exitCode, all } = await haq(...check, ...words)
      strictEqual(exitCode, status, all)
      const planned = await haq('plan', 'book.ts', '-i', 'inv', '-o', 'p', '--detailed-exitcode', ...words)
      strictEqual(planned.exitCode, status, planned.all)
    }),
  )

test(
  '--detailed-exitcode without --check is refused, and a plan without a file, too',
  inProject(async ({ haq }) => {
    const run = await haq('run', 'book.ts', '-i', 'inv', '--detailed-exitcode')
    deepStrictEqual([run.exitCode, run.stdout], [1, ''])
    match(run.stderr, /^haq: --detailed-exitcode needs --check/)
    match((await haq('plan', 'book.ts', '-i', 'inv')).stderr, /required option '-o, --out <file>'/)
  }),
)

test(
  '-o - writes only the plan to standard output, and the report to standard error',
  inProject(async ({ haq, write, path }) => {
    const { stdout, stderr } = await haq(...plan.slice(0, -1), '-')
    strictEqual((JSON.parse(stdout) as { haq: string }).haq, 'plan')
    match(stderr, /recap \(check mode: nothing was changed\)/)
    await write('p', stdout)
    strictEqual((await haq('apply', 'p')).exitCode, 0)
    ok(existsSync(join(path, 'one', 'cookie')))
  }),
)

test(
  'an applied plan has a journal and can be undone; a plan that is refused before its start has none',
  inProject(async ({ haq, write, path }) => {
    strictEqual((await haq(...plan)).exitCode, 0)
    await write('p', (await readFile(join(path, 'p.json'), 'utf8')).replaceAll('"base"', '"gone"'))
    strictEqual((await haq('apply', 'p')).exitCode, 1)
    match((await haq('show', 'last')).stderr, /^haq: there is no run yet/)
    const applied = await haq('apply', 'p.json')
    const shown = await haq('show', 'last')
    deepStrictEqual(
      shown.stdout.split('\n').filter(line => line.startsWith('changed')),
      applied.stdout.split('\n').filter(line => line.startsWith('changed')),
    )
    const undone = await haq('undo')
    strictEqual(undone.exitCode, 0, undone.all)
    ok(!existsSync(join(path, 'one')) && !existsSync(join(path, 'two')))
  }),
)

test(
  'a secret in -e is refused, whether the schema or the playbook makes it a secret',
  inProject(async ({ haq, write, path }) => {
    const cookie = await haq(...plan, '-e', 'cookie=CANARY')
    strictEqual(cookie.exitCode, 1)
    ok(!cookie.all.includes('CANARY') && cookie.all.includes('-e cookie'), cookie.all)
    const made = (await readFile(join(path, 'book.ts'), 'utf8'))
      .replace(`what: z.enum`, `word: z.string().default(''), what: z.enum`)
      .replace(`import { play, playbook,`, `import { Secret, play, playbook,`)
      .replace(`content: cookie,`, `content: new Secret(host.vars.word),`)
    await write('made.ts', made)
    const { exitCode, all } = await haq('plan', 'made.ts', '-i', 'inv', '-o', 'p', '-e', 'word=CANARY')
    strictEqual(exitCode, 1, all)
    match(all, /haq: -e word holds a secret, which a plan must not contain/)
    ok(!all.includes('CANARY') && !existsSync(join(path, 'p')), all)
  }),
)

test(
  'a file that is not a plan is never overwritten; a plan is overwritten, also a damaged one',
  inProject(async ({ haq, write, path }) => {
    const before = await readFile(join(path, 'inv.yaml'), 'utf8')
    const { exitCode, stdout, stderr } = await haq(...plan.slice(0, -1), 'inv.yaml')
    deepStrictEqual([exitCode, stdout], [1, ''])
    match(stderr, /^haq: inv\.yaml exists and is not a plan; it is not overwritten\n/)
    strictEqual(await readFile(join(path, 'inv.yaml'), 'utf8'), before)
    await mkdir(join(path, 'folder'))
    match((await haq(...plan.slice(0, -1), 'folder')).stderr, /^haq: folder exists and is not a plan/)
    const nowhere = await haq(...plan.slice(0, -1), 'nowhere/p')
    match(nowhere.stderr, /^haq: the plan can't be written: ENOENT/)
    strictEqual(nowhere.exitCode, 1)
    await write('p.json', '{ "haq": "plan", "version": 1, "crea')
    strictEqual((await haq(...plan)).exitCode, 0)
    strictEqual((await haq('show', 'p.json')).exitCode, 0)
    await symlink('inv.yaml', join(path, 'link'))
    match((await haq(...plan.slice(0, -1), 'link')).stderr, /it is not overwritten/)
  }),
)

test(
  'show and apply report a bad plan in one sentence, and exit with 1',
  inProject(async ({ haq, write, path }) => {
    strictEqual((await haq(...plan)).exitCode, 0)
    const good = await readFile(join(path, 'p.json'), 'utf8')
    const bad: readonly (readonly [text: string, message: RegExp])[] = [
      ['no JSON', /^haq: bad is not a plan\n/],
      ['', /^haq: bad is not a plan\n/],
      ['{ "haq": "other" }', /^haq: bad is not a plan\n/],
      [good.slice(0, good.length / 2), /^haq: bad is not a complete plan: .*JSON.*$/],
      [good.replace('"version": 1', '"version": 2'), /^haq: bad is a plan of version 2; this haq knows version 1\n/],
      [good.replace('"version": 1', '"wersion": 1'), /^haq: bad is a plan of no version that can be read\n/],
      // Only apply reads the variables; its commands have the even indexes.
      [good.replace('"options": {', '"options": { "extraVars": ["word"],'), /^haq: -e takes key=value, not word$/],
      [
        good.replace('"status": "changed"', '"status": "maybe"'),
        /^haq: bad is not a complete plan: events\.\d+\.status: /,
      ],
    ]
    for (const [index, [text, message]] of bad.entries()) {
      await write('bad', text)
      const { exitCode, stdout, stderr } = await haq(index % 2 === 0 ? 'apply' : 'show', 'bad')
      deepStrictEqual([exitCode, stdout], [1, ''], stderr)
      match(stderr, message)
      ok(stderr.split('\n').length <= 3, stderr)
    }
    for (const command of ['show', 'apply']) {
      const { exitCode, stderr } = await haq(command, 'nothing')
      strictEqual(exitCode, 1)
      match(stderr, command === 'apply' ? /^haq: no plan nothing$/ : /^haq: .*no.*run/)
    }
  }),
)

test(
  'a plan is refused before a host is touched when its playbook, inventory, play or tag no longer exists',
  inProject(async ({ haq, write, path }) => {
    strictEqual((await haq(...plan, '--tags', 'dir')).exitCode, 0)
    const saved = await readFile(join(path, 'p.json'), 'utf8')
    const book = await readFile(join(path, 'book.ts'), 'utf8')
    const refused = async (message: RegExp): Promise<void> => {
      const { exitCode, stdout, stderr } = await haq('apply', 'p.json')
      deepStrictEqual([exitCode, stdout], [1, ''], stderr)
      match(stderr, message)
      ok(!existsSync(join(path, 'one')))
    }
    await write('book.ts', book.replace("play('base'", "play('other'"))
    await refused(/^haq: book\.ts no longer has the play base of the plan; no host was touched\n/)
    await write('book.ts', book.replace("tags: ['dir']", "tags: ['folder']"))
    await refused(/^haq: the playbook has no tag dir\n/)
    await write('p.json', saved.replace('"playbook": "book.ts"', '"playbook": "gone.ts"'))
    await refused(/^haq: p\.json is the plan of the playbook gone\.ts, which can't be found from here\n/)
    await write('p.json', saved.replace('"inventory": "inv"', '"inventory": "gone"'))
    await refused(/^haq: p\.json is the plan of the inventory gone, which can't be found from here\n/)
  }),
)

test.run()
