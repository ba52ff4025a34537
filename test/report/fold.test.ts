import { deepStrictEqual, ok, strictEqual } from 'node:assert'
import { test } from 'uvu'
import type { HostRecap, RunEvent, TaskEnded } from '../../src/engine/events.ts'
import { FoldedPlay } from '../../src/report/fold.ts'
import { finalLines, foldedRecap, liveLines } from '../../src/report/fold-lines.ts'
import { hostNames } from '../../src/report/host-names.ts'
import { plainLines } from '../../src/report/plain.ts'
import type { TextOptions } from '../../src/report/text.ts'
import { fleet, fleetEvents } from './fleet.ts'

const options: TextOptions = { diff: true, verbosity: 0, paint: (_, text) => text }

function played(events: readonly RunEvent[]): FoldedPlay {
  const start = events.find(event => event.event === 'play')
  if (!start) throw new Error('no play')
  const play = new FoldedPlay(start, options)
  for (const event of events) play.take(event)
  return play
}

const live = (play: FoldedPlay, height: number): readonly string[] => liveLines(play, height, 0, options.paint)

/** The play when most hosts are done: 3 hosts are running and 2 are waiting. */
const middle = fleetEvents.filter(event => {
  const host = 'host' in event ? fleet.indexOf(event.host) : -1
  if (host >= 58) return false
  return host < 55 || event.event === 'host' || (event.event === 'task-start' && event.task === 'file /a')
})

test('a running play has one line for hosts with the same progress, and results below', () => {
  strictEqual(
    live(played(middle), 24).join('\n'),
    `⠋ base: 55 of 60 hosts done
  ✔ 49 hosts  ok=3
  ✔ 4 hosts  ok=2 changed=1
  ✖ web07  ok=1 failed=1 skipped=1
  ✖ web20  unreachable=1 skipped=2
  ⠋ web56, web57, web58 at task 1/3: file /a
  ◼ 2 hosts wait
  failed       web07  file /b  0.3s
      disk full
      hint: free some
      stderr:
        no space
  unreachable  web20  file /a  0.3s
      web20: gone
  changed      4 hosts  file /b (/b: one → two)  0.1s to 0.4s
      --- /b (one)
      +++ /b (two)
      @@ -1,1 +1,1 @@
      -one
      +two`,
  )
})

test('failures come first, and results that do not fit are counted', () => {
  strictEqual(
    live(played(middle), 10).join('\n'),
    `⠋ base: 55 of 60 hosts done
  ✔ 49 hosts  ok=3
  ✔ 4 hosts  ok=2 changed=1
  ✖ web07  ok=1 failed=1 skipped=1
  ✖ web20  unreachable=1 skipped=2
  ⠋ web56, web57, web58 at task 1/3: file /a
  ◼ 2 hosts wait
  failed       web07  file /b  0.3s
      … and 4 more lines
  … and 2 more when the play has ended`,
  )
})

test('a running play never has more lines than the height, whatever its results are', () => {
  const play = played(fleetEvents.slice(0, 1))
  for (const [index, event] of fleetEvents.entries()) {
    play.take(event)
    if (index % 7 === 0) for (const height of [1, 2, 3, 5, 9, 23, 60]) ok(live(play, height).length <= height)
  }
})

test('an ended play has one entry for hosts with the same result, and the number of hosts that were ok', () => {
  strictEqual(
    finalLines(played(fleetEvents), options.paint).join('\n'),
    `✖ base: 60 hosts
  changed      web03, web[10-12] (4 hosts)  file /b (/b: one → two)  0.1s to 0.4s
      --- /b (one)
      +++ /b (two)
      @@ -1,1 +1,1 @@
      -one
      +two
  failed       web07  file /b  0.3s
      disk full
      hint: free some
      stderr:
        no space
  unreachable  web20  file /a  0.3s
      web20: gone
  ✔ 54 hosts  ok=3`,
  )
})

test('every line of a change or a failure in plain output is in the folded output, too', () => {
  const text = finalLines(played(fleetEvents), options.paint).map(line => line.trim())
  for (const event of fleetEvents)
    if (event.event === 'task' && event.status !== 'ok' && event.status !== 'skipped')
      for (const line of plainLines(event, options).slice(1)) ok(text.includes(line.trim()), line)
})

test('a result that a host reports twice is listed twice', () => {
  const twice = (task: TaskEnded): FoldedPlay =>
    played([{ event: 'play', play: 'base', hosts: [task.host] }, task, task])
  const [task] = fleetEvents.filter(event => event.event === 'task' && event.status === 'changed') as [TaskEnded]
  strictEqual(finalLines(twice(task), options.paint).filter(line => line.includes('changed ')).length, 2)
})

test('tasks that were ok are only counted', () => {
  const quiet = played(fleetEvents.filter(event => event.event !== 'task' || event.status === 'ok'))
  deepStrictEqual([quiet.running.size, quiet.failures.size, quiet.changes.size], [0, 0, 0])
})

test('the recap of many hosts has one line for equal counts; failed hosts come last and are named', () => {
  const none: HostRecap = { ok: 0, changed: 0, failed: 0, unreachable: 0, skipped: 0, pending: 0 }
  const hosts = Object.fromEntries(
    fleet.map(name => [
      name,
      name === 'web07' ? { ...none, failed: 1 } : name < 'web05' ? { ...none, changed: 1 } : { ...none, ok: 3 },
    ]),
  )
  deepStrictEqual(foldedRecap({ event: 'recap', check: false, hosts }, options.paint), [
    'recap',
    '55 hosts              ok=3 changed=0 failed=0 unreachable=0 skipped=0 pending=0',
    'web[01-04] (4 hosts)  ok=0 changed=1 failed=0 unreachable=0 skipped=0 pending=0',
    'web07                 ok=0 changed=0 failed=1 unreachable=0 skipped=0 pending=0',
  ])
})

for (const [names, text] of [
  [['web1'], 'web1'],
  [['web09', 'web10'], 'web09, web10'],
  [['web8', 'web9', 'web10'], 'web[8-10]'],
  [['web08', 'web10'], 'web08, web10'],
  [['a1', 'a2', 'a3', 'db', 'b1', 'b2', 'b3'], 'a[1-3], db, b[1-3] (7 hosts)'],
  [['10.0.0.1', '10.0.0.2', '10.0.0.3', '10.0.1.1'], '10.0.0.[1-3], 10.0.1.1 (4 hosts)'],
  [['r1.n1', 'r2.n1', 'r3.n1', 'r3.n2'], 'r[1-3].n1, r3.n2 (4 hosts)'],
] as const)
  test(`names: ${names.join(' ')}`, () => strictEqual(hostNames(names), text))

test.run()
