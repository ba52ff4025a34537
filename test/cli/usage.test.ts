import { deepStrictEqual, match, ok, strictEqual } from 'node:assert'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { execa } from 'execa'
import { test } from 'uvu'
import { inProject, ownFolder } from './haq.ts'

const { version } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as {
  version: string
}

/** Command lines that are refused with exit status 1 before a host is touched, and their messages. */
const refused: readonly (readonly [args: readonly string[], said: RegExp])[] = [
  [[], /Usage: haq/],
  [['nope'], /unknown command 'nope'/],
  [['run', 'book.ts'], /no inventory is named\nhint: name it with -i, or as inventory in haq\.config\.ts/],
  [['run', '-i', 'inv'], /missing required argument 'playbook'/],
  [['run', 'book.ts', '-i', 'inv', '--chek'], /unknown option '--chek'\n\(Did you mean --check\?\)/],
  [['run', 'book.ts', '-i', 'inv', '-o', 'xml'], /Allowed choices are pretty, plain, json/],
  [['run', 'book.ts', '-i', 'nope'], /haq: no inventory nope\n.*looked for nope, nope\.\{ts,/],
  [['run', 'nope.ts', '-i', 'inv'], /^haq: no playbook nope\.ts$/],
  [['run', 'inv.yaml', '-i', 'inv'], /inv\.yaml/],
  [['run', 'book.ts', '-i', 'inv', '-e', 'nope=1'], /no variable nope\nhint: it has: what, lvs, mode, cookie/],
  [['run', 'book.ts', '-i', 'inv', '-e', 'lvs'], /-e takes key=value, not lvs/],
  [['run', 'book.ts', '-i', 'inv', '-e', '=1'], /-e takes key=value, not =1/],
  [['run', 'book.ts', '-i', 'inv', '--limit', 'here,!here'], /--limit here,!here leaves no host/],
  [['run', 'book.ts', '-i', 'inv', '--limit', '!hree'], /--limit names hree, which is not a host or a group/],
  ...['0', '1.5', 'many'].map(
    forks =>
      [['run', 'book.ts', '-i', 'inv', `--forks=${forks}`], /--forks takes a whole number from 1 to 1000/] as const,
  ),
  ...['0', '1.5', '257', 'all'].map(
    mebibytes =>
      [
        ['run', 'book.ts', '-i', 'inv', `--output-limit=${mebibytes}`],
        /--output-limit takes a whole number of MiB from 1 to 256/,
      ] as const,
  ),
  ...['-1', 'soon', '1e3', '86401'].map(
    seconds =>
      [['run', 'book.ts', '-i', 'inv', `--lock-timeout=${seconds}`], /--lock-timeout takes seconds from/] as const,
  ),
  [['run', 'book.ts', '-i', 'inv', '--tags', 'dir,dri'], /the playbook has no tag dri\nhint: it has: dir/],
  [['run', 'book.ts', '-i', 'inv', '-b', '-K'], /no password was given/],
  [['run', 'book.ts', '-i', 'inv', '--lab'], /the lab of inv is not up\nhint: bring it up with: haq lab up -i inv/],
  [['doc', '--out', 'book.ts'], /^haq: the pages can't be written: .*book\.ts/],
  [['doc', 'nope'], /no module nope\nhint: there are: .*hostsFile/],
]

for (const [args, said] of refused)
  test(
    `haq ${args.join(' ')} is refused`,
    inProject(async ({ haq, path }) => {
      const { exitCode, stdout, stderr } = await haq(...args)
      match(stderr, said)
      strictEqual(exitCode, 1)
      strictEqual(stdout, '')
      ok(!/\n\s+at /.test(stderr), `a stack shows: ${stderr}`)
      ok(!existsSync(join(path, 'one')), 'a host was touched')
    }),
  )

test(
  '--version and --help print their text, and exit with 0',
  inProject(async ({ haq }) => {
    for (const flag of ['--version', '-V']) {
      const { exitCode, stdout } = await haq(flag)
      deepStrictEqual([exitCode, stdout], [0, version])
    }
    const help = await haq('--help')
    strictEqual(help.exitCode, 0)
    for (const command of ['run', 'lab', 'doc']) match(help.stdout, new RegExp(`^ {2}${command} `, 'm'))
    const run = await haq('run', '--help')
    strictEqual(run.exitCode, 0)
    match(run.stdout, /Exit status: 0 all hosts converged; 1 wrong usage/)
  }),
)

test(
  'doc lists every module, and the parameters of a named one',
  inProject(async ({ haq }) => {
    const all = await haq('doc')
    strictEqual(all.exitCode, 0)
    for (const name of ['hostsFile', 'packages', 'keepalivedConf', 'rabbitJoin'])
      match(all.stdout, new RegExp(`^ {2}${name} +\\S`, 'm'))
    match(all.stdout, /^files\n {2}directory +\S.*\n {2}file +\S.*\n\npackages\n/)
    const one = await haq('doc', 'hostsFile')
    strictEqual(one.exitCode, 0)
    match(one.stdout, /^hostsFile: .+\n\n[^]+\n\nParameters [^]+\n\nExample\n {2}hostsFile\(/)
    match(one.stdout, /^ {2}entries\* +list of objects/m)
    match(one.stdout, /^ {2}state +'present' or 'absent', default 'present': /m)
  }),
)

const bad: Readonly<Record<string, readonly [text: string, said: RegExp]>> = {
  'with a syntax error': ['export default playbook({', /haq: bad\.ts can't be loaded: ParseError: [^]*bad\.ts:1/],
  'without a default export': [
    'export const x = 1',
    /haq: bad\.ts exports no playbook\nhint: it needs: export default playbook/,
  ],
  'that exports something else': ['export default { plays: [] }', /exports no playbook/],
  'that imports what is not there': [`import 'nope-nope'\nexport default 1`, /can't be loaded: .*nope-nope/],
  'that throws when it is loaded': [`throw new Error('at load')`, /can't be loaded: at load/],
  'that throws when its plays are made': [
    `import { playbook } from 'haq'\nexport default playbook({ name: 'x', plays: () => { throw new Error('in plays') } })`,
    /haq: bad\.ts: in plays\nhint: at .*bad\.ts:2/,
  ],
  'with hosts that are none': [
    `import { playbook, play } from 'haq'\nexport default playbook({ name: 'x', plays: ({ hosts }) => [play('names', { hosts }, () => [])] })`,
    /refused; no host was touched\n {2}bad\.ts: play names: hosts takes a group of the inventory.*, not undefined/,
  ],
  'that does not wait for what fails': [
    `import { playbook } from 'haq'\nPromise.reject(new Error('too late'))\nexport default playbook({ name: 'x', plays: () => [] })`,
    /haq: a promise that nobody awaits failed: too late\nhint: at .*bad\.ts:2/,
  ],
  'with wrong parameters': [
    `import { playbook, play } from 'haq'\nimport { file } from 'haq/modules'
export default playbook({ name: 'x', plays: ({ group }) => [play('p', { hosts: group('here') }, () => [file({ path: 'x', mode: '9' })])] })`,
    /parameters are refused; no host was touched\n {2}bad\.ts: play p, hosts one, two, file path: .*\n {2}bad\.ts: play p, hosts one, two, file mode: /,
  ],
}

for (const [name, [text, said]] of Object.entries(bad))
  test(
    `a playbook ${name} is refused`,
    inProject(async ({ haq, write }) => {
      await write('bad.ts', text)
      const { exitCode, stdout, stderr } = await haq('run', 'bad.ts', '-i', 'inv')
      match(stderr, said)
      deepStrictEqual([exitCode, stdout], [1, ''])
      ok(!stderr.includes('unexpected error'), stderr)
    }),
  )

test(
  'every problem of a bad inventory is listed, with file and path, and no host is touched',
  inProject(async ({ haq, write, path }) => {
    const touches = (name: string): string => `{ connection: exec, exec: [touch, ${path}/touched-${name}] `
    await write(
      'bad.yaml',
      `
colour: red
groups:
  here:
    hosts:
      one: ${touches('one')}, vars: { priority: 100 } }
      two: ${touches('two')}, vars: { priority: 100 }, adress: 192.0.2.1 }
    vars: { vip: 192.168.1.999, cookie: { secret: { env: HAQ_TEST_UNSET } } }
`,
    )
    await write(
      'vip.ts',
      `
import * as z from 'zod'
import { play, playbook, secret, unique } from 'haq'
import { file } from 'haq/modules'
export default playbook({
  name: 'vip',
  vars: z.object({ vip: z.ipv4(), priority: unique(z.int()), cookie: secret() }),
  plays: ({ group }) => [play('p', { hosts: group('here') }, () => [file({ path: '/x' })])],
})`,
    )
    const { exitCode, stdout, stderr } = await haq('run', 'vip.ts', '-i', 'bad')
    deepStrictEqual([exitCode, stdout], [1, ''])
    deepStrictEqual(stderr.split('\n'), [
      'haq: the inventory is refused; no host was touched',
      '  bad.yaml: groups.here.hosts.two: Unrecognized key: "adress"',
      '  bad.yaml: Unrecognized key: "colour"',
      '  bad.yaml: groups.here.vars.vip: Invalid IPv4 address',
      '  bad.yaml: groups.here.vars.cookie: the secret is missing: set HAQ_TEST_UNSET in the environment',
      '  bad.yaml: groups.here.hosts.two.vars.priority: priority 100 is shared by one and two; each host needs its own',
    ])
    ok(!existsSync(join(path, 'touched-one')) && !existsSync(join(path, 'touched-two')))
  }),
)

for (const args of ['doc', 'run book.ts -i inv -o json', 'run --help'])
  test(
    `haq ${args} prints no error when its output pipe closes`,
    inProject(async ({ path }) => {
      const main = new URL('../../src/cli/main.cjs', import.meta.url).pathname
      // The reader exits before haq writes anything.
      const { stderr, stdout } = await execa({
        cwd: path,
        reject: false,
        shell: '/bin/bash',
        env: {
          XDG_STATE_HOME: join(ownFolder(path), 'state'),
          HAQ_TEST_COOKIE: 'x',
          FORCE_COLOR: undefined,
          NO_COLOR: undefined,
        },
      })`(${process.execPath} ${main} ${args.split(' ')}; echo ended >&2) | true`
      strictEqual(stdout, '')
      strictEqual(stderr, 'ended')
    }),
  )

test.run()
