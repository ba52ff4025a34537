import { match } from 'node:assert'
import { test } from 'uvu'
import { absent, Secret, sha256, unknown, type FileState } from 'haq'
import { file } from 'haq/modules'
import { lawTests } from 'haq/testing'
import { stepsOf } from '../../../src/core/step.ts'

const path = '/etc/app.conf'
const holds = (
  content: string,
  changes: {
    readonly mode?: string
    readonly owner?: string
    readonly group?: string
    readonly uid?: string
    readonly gid?: string
  } = {},
): FileState => ({
  type: 'file',
  mode: '0644',
  owner: 'root',
  group: 'root',
  content,
  ...changes,
})
const digestOf = (content: string): FileState => {
  return { type: 'file', mode: '0644', owner: 'root', group: 'root', sha256: sha256(content) }
}
const directory: FileState = { type: 'directory', mode: '0755', owner: 'root', group: 'root' }
const short = (content: string): string => `sha256 ${sha256(content).slice(0, 12)}`
const big = 'x'.repeat(1_048_577)
const isFile = `${path} is a regular file, or nothing`
const isNoFile = `${path} exists, but is not a regular file`

for (const law of lawTests(
  file,
  [
    {
      name: 'absent',
      params: { path, content: 'a\n' },
      facts: { file: absent },
      changes: [`${path}: absent → ${short('a\n')} 0644 root:root`],
    },
    { name: 'as wanted', params: { path, content: 'a\n' }, facts: { file: holds('a\n') }, changes: [] },
    {
      name: 'with other content, in UTF-8',
      params: { path, content: 'é\n' },
      facts: { file: holds('a\n') },
      changes: [`${path}: ${short('a\n')} 0644 root:root → ${short('\xc3\xa9\n')} 0644 root:root`],
    },
    {
      name: 'with other attributes',
      params: { path, content: 'a\n', mode: '0600', owner: 'app', group: 'app' },
      facts: { file: holds('a\n') },
      changes: [`${path}: ${short('a\n')} 0644 root:root → ${short('a\n')} 0600 app:app`],
    },
    {
      name: 'a large file, as wanted',
      params: { path, content: big },
      facts: { file: digestOf(big) },
      changes: [],
    },
    {
      name: 'a large file, absent',
      params: { path, content: big },
      facts: { file: absent },
      changes: [`${path}: absent → ${short(big)} 0644 root:root`],
    },
    {
      name: 'without content, absent',
      params: { path },
      facts: { file: absent },
      changes: [`${path}: absent → ${short('')} 0644 root:root`],
    },
    { name: 'without content, as wanted', params: { path }, facts: { file: holds('any') }, changes: [] },
    {
      name: 'without content, with other attributes',
      params: { path, mode: '4750', group: 'app' },
      facts: { file: holds('any') },
      changes: [`${path}: 0644 root:root → 4750 root:app`],
    },
    {
      name: 'without content, unknown',
      params: { path },
      facts: { file: unknown },
      changes: [`${path}: unknown → 0644 root:root`],
      unmet: [isFile],
      sentences: [],
    },
    {
      name: 'a secret, absent',
      params: { path, content: new Secret('hunter2!'), mode: '0600' },
      facts: { file: absent },
      changes: [`${path}: absent → secret 0600 root:root`],
    },
    {
      name: 'a secret, as wanted',
      params: { path, content: new Secret('hunter2!') },
      facts: { file: digestOf('hunter2!') },
      changes: [],
    },
    {
      name: 'another secret',
      params: { path, content: new Secret('hunter2!') },
      facts: { file: digestOf('hunter1!') },
      changes: [`${path}: secret 0644 root:root with another secret → secret 0644 root:root`],
    },
    {
      name: 'a directory in its place',
      params: { path, content: 'a' },
      facts: { file: directory },
      changes: [`${path}: directory 0755 root:root → ${short('a')} 0644 root:root`],
      unmet: [isFile],
      sentences: [isNoFile],
    },
    { name: 'state absent, absent', params: { path, state: 'absent' }, facts: { file: absent }, changes: [] },
    {
      name: 'state absent, there',
      params: { path, state: 'absent' },
      facts: { file: holds('a') },
      changes: [`${path}: ${short('a')} 0644 root:root → absent`],
    },
    {
      name: 'state absent, a directory in its place',
      params: { path, state: 'absent' },
      facts: { file: directory },
      changes: [`${path}: directory 0755 root:root → absent`],
      unmet: [isFile],
      sentences: [isNoFile],
    },
    {
      name: 'state absent, unknown',
      params: { path, state: 'absent' },
      facts: { file: unknown },
      changes: [`${path}: unknown → absent`],
      unmet: [isFile],
      sentences: [],
    },
  ],
  [
    { params: { path: 'app.conf' }, problems: ['path: takes an absolute path, without . or .. in it'] },
    { params: { path: '/etc/../x' }, problems: ['path: takes an absolute path, without . or .. in it'] },
    {
      params: { path, content: 7, mode: '644', validate: [] },
      problems: [
        'content: takes text or a secret',
        "mode: takes four octal digits, such as '0644'",
        'validate: Too small: expected array to have >=1 items',
      ],
    },
  ],
))
  test(law.name, law.run)

test('file passes the new file to its validator as the last argument', () => {
  const [step] = stepsOf(file({ path, content: 'a', validate: ['visudo', '-c', '-f'] }).plan({ file: absent }))
  match(step?.kind === 'write' ? String(step.validate) : '', /^visudo -c -f "\$1"$/)
})

test.run()
