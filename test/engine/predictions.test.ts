import { strictEqual } from 'node:assert'
import { test } from 'uvu'
import { absent, on, unknown, type Fact } from '../../src/core/fact.ts'
import { sh } from '../../src/core/shell.ts'
import { predict, run, type Prediction, type RunStep } from '../../src/core/step.ts'
import { Predictions } from '../../src/engine/predictions.ts'

const fact = (key: string, dependsOn: readonly Fact<unknown>[] = []): Fact<unknown> => ({
  key,
  script: sh`:`,
  parse: text => text,
  dependsOn,
})

const step = (predicts: readonly Prediction[], unsettles?: 'absent' | 'everything'): RunStep =>
  run({
    change: { what: 'x', from: 'a', to: 'b' },
    script: sh`:`,
    undo: { impossible: 'a test' },
    predicts,
    ...(unsettles && { unsettles }),
  })

const file = fact('file')
const address = fact('address', [file])
const member = fact('member', [address])

test('without predictions a fact is what was read', () => {
  strictEqual(new Predictions().valueOf('a', file, 'read'), 'read')
})

test('a prediction holds, and the last one wins', () => {
  const predictions = new Predictions()
  predictions.fold('a', [step([predict(file, 'one')]), step([predict(file, 'two')])])
  strictEqual(predictions.valueOf('a', file, 'read'), 'two')
})

test('a prediction for one host says nothing of another', () => {
  const predictions = new Predictions()
  predictions.fold('a', [step([predict(file, 'one')])])
  strictEqual(predictions.valueOf('b', file, 'read'), 'read')
})

test('a fact of another host is predicted for that host, whoever asks', () => {
  const predictions = new Predictions()
  predictions.fold('a', [step([predict(on({ name: 'b' }, file), 'from a')])])
  strictEqual(predictions.valueOf('b', file, 'read'), 'from a')
  strictEqual(predictions.valueOf('c', on({ name: 'b' }, file), 'read'), 'from a')
  strictEqual(predictions.valueOf('a', file, 'read'), 'read')
})

test('a fact is unknown when what it follows from changes, however far up', () => {
  const predictions = new Predictions()
  predictions.fold('a', [step([predict(file, 'one')])])
  strictEqual(predictions.valueOf('a', address, 'read'), unknown)
  strictEqual(predictions.valueOf('a', member, 'read'), unknown)
  strictEqual(predictions.valueOf('b', member, 'read'), 'read')
})

test('a fact that is predicted after what it follows from is known again, until that changes once more', () => {
  const predictions = new Predictions()
  predictions.fold('a', [step([predict(file, 'one'), predict(address, 'new')])])
  strictEqual(predictions.valueOf('a', address, 'read'), 'new')
  strictEqual(predictions.valueOf('a', member, 'read'), unknown)
  predictions.fold('a', [step([predict(file, 'two')])])
  strictEqual(predictions.valueOf('a', address, 'read'), unknown)
})

test('on another host, a fact follows from what changes there', () => {
  const predictions = new Predictions()
  predictions.fold('b', [step([predict(file, 'one')])])
  strictEqual(predictions.valueOf('a', on({ name: 'b' }, address), 'read'), unknown)
  strictEqual(predictions.valueOf('a', address, 'read'), 'read')
})

test('what unsettles absent facts leaves the others known', () => {
  const predictions = new Predictions()
  predictions.fold('a', [step([], 'absent')])
  strictEqual(predictions.valueOf('a', file, absent), unknown)
  strictEqual(predictions.valueOf('a', file, 'read'), 'read')
  strictEqual(predictions.valueOf('b', file, absent), absent)
})

test('what a step unsettles does not cover what the same step predicts', () => {
  const predictions = new Predictions()
  predictions.fold('a', [step([predict(file, absent)], 'absent'), step([predict(address, 'kept')], 'everything')])
  strictEqual(predictions.valueOf('a', address, 'read'), 'kept')
  strictEqual(predictions.valueOf('a', file, 'read'), unknown)
})

test('an absence that was predicted is unsettled by a later step', () => {
  const predictions = new Predictions()
  predictions.fold('a', [step([predict(file, absent)])])
  strictEqual(predictions.valueOf('a', file, 'read'), absent)
  predictions.fold('a', [step([], 'absent')])
  strictEqual(predictions.valueOf('a', file, 'read'), unknown)
})

test('a prediction of unknown is unknown', () => {
  const predictions = new Predictions()
  predictions.fold('a', [step([predict(file, unknown)])])
  strictEqual(predictions.valueOf('a', file, 'read'), unknown)
})

test('a single fact may be folded forward, such as a pending handler', () => {
  const predictions = new Predictions()
  predictions.foldFact('a', file, true)
  strictEqual(predictions.valueOf('a', file, false), true)
})

test.run()
