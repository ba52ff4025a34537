import { strictEqual } from 'node:assert'
import { test } from 'uvu'
import { absent, unknown } from '../../src/core/fact.ts'
import { hiddenText, hidesOldContent } from '../../src/facts/old-content.ts'

for (const { mode, old, holdsSecrets, hides } of [
  { mode: '0644', old: '0644', hides: false },
  { mode: '0644', old: absent, hides: false },
  { mode: '0644', old: unknown, hides: false },
  { mode: '0600', old: absent, hides: true },
  { mode: '0640', old: '0644', hides: true },
  { mode: '0644', old: '0640', hides: true },
  { mode: '0755', old: '4750', hides: true },
  { mode: undefined, old: '0600', hides: true },
  { mode: undefined, old: '0604', hides: false },
  { mode: '0644', old: '0644', holdsSecrets: true, hides: true },
])
  test(`${hides ? 'hidden' : 'shown'}: old mode ${String(old)}, new mode ${mode}, ${holdsSecrets ? 'holds secrets' : ''}`, () => {
    const wanted = { ...(mode !== undefined && { mode }), ...(holdsSecrets && { holdsSecrets }) }
    const current = typeof old === 'string' ? { mode: old } : old === absent ? absent : unknown
    strictEqual(hidesOldContent(wanted, current), hides)
  })

test('of a hidden text, the lines of the new one are left', () => {
  const text = hiddenText('a\nsecret\nb\n', 'b\nc\na\n')
  strictEqual(String(text), 'a\nb\n')
  strictEqual(text.reveal(), 'a\nsecret\nb\n')
})

test.run()
