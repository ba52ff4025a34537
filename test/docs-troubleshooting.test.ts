import { deepStrictEqual, ok } from 'node:assert'
import { test } from 'uvu'
import { hole, messages, wordsIn } from './docs-messages.ts'
import { read } from './docs-pages.ts'

/** The messages that the page explains: bold and set as code. */
const explained = [...read('docs/troubleshooting.md').matchAll(/\*\*`([^`]+)`\*\*/g)].map(([, text = '']) => text)

/** Whether a message that is explained says, in its order, all that stays the same in a text. */
function explains(shown: string, text: string): boolean {
  let at = 0
  return wordsIn(text).every(words => {
    const found = shown.indexOf(words, at)
    at = found + words.length
    return found >= 0
  })
}

/** Whether a message that is explained is one that a text can become. */
function canRead(text: string, shown: string): boolean {
  const parts = text
    .trim()
    .split(hole)
    .map(part => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'))
  return new RegExp(`^${parts.join('.*')}$`).test(shown)
}

const all = messages.flatMap(({ variants }) => variants)

test('the messages are found in the sources: errors, problems of an inventory, causes and warnings', () => {
  for (const shown of [
    'no inventory is named',
    'is missing for web1',
    'its host key is not known',
    'web1 has a pending handler: service nginx restarted; the next run runs it',
  ])
    ok(
      all.some(text => canRead(text, shown)),
      shown,
    )
  ok(!all.some(text => canRead(text, 'haq never says this sentence')))
})

test('docs/troubleshooting.md explains every message of haq, in each of its forms', () => {
  const missing = messages.flatMap(({ place, variants }) => {
    const shown = explained.filter(text => variants.some(variant => explains(text, variant)))
    const words = new Set(variants.flatMap(wordsIn))
    return [...words].filter(part => !shown.some(text => text.includes(part))).map(part => `${place}: ${part}`)
  })
  deepStrictEqual(missing, [])
})

test('docs/troubleshooting.md explains no message that haq does not have', () => {
  deepStrictEqual(
    explained.filter(shown => !all.some(text => canRead(text, shown))),
    [],
  )
})

test.run()
