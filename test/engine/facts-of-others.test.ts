import { deepStrictEqual, match } from 'node:assert'
import { test } from 'uvu'
import { defineModule, given, on, onReachable, require, sh, type Fact } from 'haq'
import * as z from 'zod'
import { onSite, type Site } from './site.ts'

const name: Fact<string> = { key: 'name', script: sh`cat "$HOST.name"`, parse: stdout => stdout.trim() }
const [a, b] = [{ name: 'a' }, { name: 'b' }]

/** Fails with the value of its fact, so that a test sees what was read. */
const shows = (fact: Fact<unknown>) =>
  defineModule({
    name: 'shows',
    summary: 'shows a fact',
    params: z.object({}),
    facts: () => ({ fact }),
    plan: (_, { fact: value }) => [require('it is seen', false, { otherwise: `value ${String(value)}` })],
  })({})

const seen = async (site: Site, fact: Fact<unknown>): Promise<string | undefined> => {
  await site.run([{ hosts: ['a'], tasks: () => [shows(fact)] }])
  return site.task('shows').failure?.message
}

onSite("a fact may ask for what another host's fact says, in one run", ['a', 'b'], async site => {
  site.write('b', 'name', 'mq2')
  site.write('a', 'mq2', 'the answer')
  const fact = given(
    { name: on(b, name) },
    { key: 'asked', script: ({ name }) => sh`cat "$HOST."${name}`, parse: stdout => stdout },
  )
  deepStrictEqual(await seen(site, fact), 'value the answer')
  deepStrictEqual((site.scripts.get('b') ?? []).filter(script => script.includes('.name')).length, 1)
})

onSite('a fact fails with the error of the one that it follows from', ['a', 'b'], async site => {
  const fact = given({ name: on(b, name) }, { key: 'asked', script: () => sh`echo never`, parse: stdout => stdout })
  match((await seen(site, fact)) ?? '', /^name can't be read on b/)
})

onSite(
  "a fact of a host that can't be reached is absent where that is asked for, and fails its task elsewhere",
  ['a', 'b'],
  async site => {
    site.write('a', 'name', 'mq1')
    site.reachBy('b', ['false'])
    deepStrictEqual(await seen(site, onReachable(a, name)), 'value mq1')
    deepStrictEqual(await seen(site, onReachable(b, name)), 'value null')
    match((await seen(site, on(b, name))) ?? '', /^b: /)
  },
)

test.run()
