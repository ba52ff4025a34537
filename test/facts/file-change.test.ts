import { deepStrictEqual } from 'node:assert'
import { test } from 'uvu'
import { absent, convergeAttributes, convergeFile, file, unknown, type FileState } from 'haq'
import { stepsOf } from '../../src/core/step.ts'

const there: FileState = { type: 'file', mode: '0644', owner: 'root', group: 'root', content: 'x' }
const wanted = { path: '/x', content: 'x', mode: '0400', owner: 'op', group: 'root' }
const fact = file('/x')

const attributes = (...steps: Parameters<typeof stepsOf>[0]): readonly string[] =>
  stepsOf(steps).flatMap(({ change }) =>
    (change.attributes ?? []).map(({ name, from, to }) => `${name} ${from} → ${to}`),
  )

test('a change of a file says which of its attributes it changes, where it can know', () => {
  deepStrictEqual(attributes(...convergeFile(fact, wanted, there)), ['mode 0644 → 0400', 'owner root → op'])
  deepStrictEqual(attributes(...convergeFile(fact, wanted, absent)), [])
  deepStrictEqual(attributes(...convergeFile(fact, wanted, unknown)), [])
  deepStrictEqual(attributes(...convergeAttributes(fact, '/x', { group: 'adm' }, there)), ['group root → adm'])
  deepStrictEqual(attributes(...convergeAttributes(fact, '/x', { group: 'adm' }, unknown)), [])
})

test.run()
