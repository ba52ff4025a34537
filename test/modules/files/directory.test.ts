import { match } from 'node:assert'
import { test } from 'uvu'
import { absent, unknown, type FileState } from 'haq'
import { directory } from 'haq/modules'
import { lawTests } from 'haq/testing'
import { stepsOf } from '../../../src/core/step.ts'

const path = '/srv/app data'
const there: FileState = { type: 'directory', mode: '0755', owner: 'root', group: 'root' }
const isDirectory = `${path} is a directory, or nothing`

for (const law of lawTests(
  directory,
  [
    {
      name: 'absent',
      params: { path },
      facts: { directory: absent },
      changes: [`${path}: absent → directory 0755 root:root`],
    },
    { name: 'as wanted', params: { path }, facts: { directory: there }, changes: [] },
    {
      name: 'made by a run that was killed before it set the owner',
      params: { path, mode: '2775', owner: 'app', group: 'app' },
      facts: { directory: there },
      changes: [`${path}: 0755 root:root → 2775 app:app`],
    },
    {
      name: 'a file in its place',
      params: { path },
      facts: { directory: { ...there, type: 'file', mode: '0644', content: '' } },
      changes: [`${path}: 0644 root:root → 0755 root:root`],
      unmet: [isDirectory],
      sentences: [`${path} exists, but is not a directory`],
    },
    {
      name: 'unknown',
      params: { path },
      facts: { directory: unknown },
      changes: [`${path}: unknown → directory 0755 root:root`],
      unmet: [isDirectory],
      sentences: [],
    },
    { name: 'state absent, absent', params: { path, state: 'absent' }, facts: { directory: absent }, changes: [] },
    {
      name: 'state absent, there',
      params: { path, state: 'absent' },
      facts: { directory: there },
      changes: [`${path}: directory → absent`],
    },
    {
      name: 'state absent, with its contents',
      params: { path, state: 'absent', recursive: true },
      facts: { directory: there },
      changes: [`${path}: directory → absent`],
    },
    {
      name: 'state absent, a file in its place',
      params: { path, state: 'absent', recursive: true },
      facts: { directory: { ...there, type: 'file', content: '' } },
      changes: [`${path}: directory → absent`],
      unmet: [isDirectory],
      sentences: [`${path} exists, but is not a directory`],
    },
  ],
  [
    {
      params: { path: 'srv', mode: '755', recurse: true },
      problems: [
        'path: takes an absolute path, without . or .. in it',
        "mode: takes four octal digits, such as '0644'",
        ': Unrecognized key: "recurse"',
      ],
    },
  ],
))
  test(law.name, law.run)

const removals: readonly (readonly [recursive: boolean, script: RegExp])[] = [
  [false, /^rmdir "\.\/\$name"$/m],
  [true, /^rm -rf "\.\/\$name"$/m],
]
for (const [recursive, script] of removals)
  test(`directory removes ${recursive ? 'what is in it too' : 'only an empty one'}`, () => {
    const [step] = stepsOf(directory({ path, state: 'absent', recursive }).plan({ directory: there }))
    match(step?.kind === 'run' ? step.script.reveal() : '', script)
  })

test.run()
