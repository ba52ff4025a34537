import { deepStrictEqual, strictEqual } from 'node:assert'
import { test } from 'uvu'
import { absent, hostname, lines, Secret, sh, unknown, type FileState } from 'haq'
import { command, holds } from 'haq/modules'
import { lawTests } from 'haq/testing'
import { provableSteps, stepsOf } from '../../../src/core/step.ts'

const there: FileState = { type: 'file', mode: '0644', owner: 'root', group: 'root', content: '' }
const root: FileState = { type: 'directory', mode: '0755', owner: 'root', group: 'root' }
const run = ['make', 'install']
const unless = holds(hostname, name => name === 'web1')
const reason = ': needs one of creates, removes, unless or always: true'

for (const law of lawTests(
  command,
  [
    {
      name: 'creates, the path is absent',
      params: { run, creates: '/opt/app' },
      facts: { path: absent },
      changes: ['command make install: /opt/app is absent → run'],
    },
    { name: 'creates, there', params: { run, creates: '/opt/app' }, facts: { path: there }, changes: [] },
    {
      name: 'creates, unknown',
      params: { run, creates: '/opt/app' },
      facts: { path: unknown },
      changes: ['command make install: /opt/app is absent → run'],
    },
    {
      name: 'removes, the path exists',
      params: { run, removes: '/opt/old' },
      facts: { path: there },
      changes: ['command make install: /opt/old is there → run'],
    },
    { name: 'removes, absent', params: { run, removes: '/opt/old' }, facts: { path: absent }, changes: [] },
    {
      name: 'unless, not true',
      params: { run, unless },
      facts: { path: root, unless: 'web2' },
      changes: ['command make install: not done → run'],
    },
    { name: 'unless, true', params: { run, unless }, facts: { path: root, unless: 'web1' }, changes: [] },
    {
      name: 'unless, unknown',
      params: { run, unless },
      facts: { path: root, unless: unknown },
      changes: ['command make install: not done → run'],
    },
    {
      name: 'always',
      params: { run, always: true },
      facts: { path: root },
      changes: ['command make install: runs every time → run'],
    },
    {
      name: 'a script with a secret, shown up to its first line end',
      params: { run: lines(sh`printf %s ${new Secret('hunter2!')} | login`, sh`logout`), always: true },
      facts: { path: root },
      changes: ["command printf %s '********' | login: runs every time → run"],
    },
    {
      name: 'many words, shown as far as 60 characters go',
      params: { run: ['echo', 'x'.repeat(80)], always: true },
      facts: { path: root },
      changes: [`command echo ${'x'.repeat(54)}…: runs every time → run`],
    },
  ],
  [
    { params: { run }, problems: [reason] },
    { params: { run, always: true, creates: '/x' }, problems: [reason] },
    { params: { run, always: false }, problems: ['always: Invalid input: expected true'] },
    { params: { run: 'rm -rf /', always: true }, problems: ['run: takes words, or a script made by sh`…`'] },
    { params: { run: [], always: true }, problems: ['run: Too small: expected array to have >=1 items'] },
    {
      params: { run, creates: 'relative', unless: true, chdir: '/x' },
      problems: [
        'creates: takes an absolute path, without . or .. in it',
        'unless: takes holds(fact, test)',
        ': Unrecognized key: "chdir"',
      ],
    },
  ],
))
  test(law.name, law.run)

test('command quotes its arguments, and runs a script unchanged', () => {
  const script = (run: string[] | ReturnType<typeof sh>): string => {
    const [step] = stepsOf(command({ run, always: true }).plan({ path: root }))
    return step?.kind === 'run' ? step.script.reveal() : ''
  }
  strictEqual(script(['echo', '$HOME', "it's"]), `echo '$HOME' 'it'\\''s'`)
  strictEqual(script(sh`echo "$HOME"`), 'echo "$HOME"')
})

test('a command with always does not have to be idempotent; any other command has to', () => {
  const left = (task: ReturnType<typeof command>): number => provableSteps(task.plan({ path: absent })).length
  deepStrictEqual([left(command({ run, always: true })), left(command({ run, creates: '/opt/app' }))], [0, 1])
})

test.run()
