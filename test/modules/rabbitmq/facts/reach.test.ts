import { deepStrictEqual, match, ok, throws } from 'node:assert'
import { test } from 'uvu'
import { absent } from 'haq'
import { reachOf, ownAddressOn } from '../../../../modules/rabbitmq/facts/reach.ts'
import { named, node } from '../rabbit-states.ts'

const reach = reachOf({ name: 'first' })
const pair = { disc: ['rabbit@a', 'rabbit@b'] }
const script = (values: Readonly<Record<string, unknown>>): string => reach.given?.script(values).reveal() ?? ''

test('a node is looked for under the name that it has, and its cluster under the names of its members', () => {
  const long = named('a', { name: 'bunny@mq1.example.com', long: true })
  const text = script({ name: long, node: node('a', { disc: ['rabbit@a', 'rabbit@mq3'] }), own: node('b') })
  match(text, /^for host in mq3; do getent/)
  match(text, /getent ahostsv4 mq1\.example\.com /)
  match(text, /erl_call .* -name bunny@mq1\.example\.com /)
  match(script({ name: named('a'), node: { state: 'stopped' }, own: node('b') }), /erl_call .* -sname rabbit@a /)
})

test('a node that is in the cluster already is not asked', () => {
  const text = script({ name: named('a'), node: node('a', pair), own: node('b', pair) })
  deepStrictEqual(reach.parse(text.replace(/^echo '(.*)'$/, '$1')), {
    address: absent,
    unresolved: [],
    answer: 'unasked',
  })
})

test('what a host says of the way to a node is understood, and nothing else', () => {
  deepStrictEqual(reach.parse('unresolved c\nunresolved d\naddress 10.8.2.11\nanswer yes\n'), {
    address: '10.8.2.11',
    unresolved: ['c', 'd'],
    answer: 'yes',
  })
  deepStrictEqual(reach.parse('address \nanswer refused\n'), { address: absent, unresolved: [], answer: 'refused' })
  for (const said of ['', 'address 10.8.2.11\n', 'answer perhaps\n'])
    throws(() => reach.parse(said), /the script printed/)
})

test("the other host looks for this host's node under the name that it has", () => {
  const address = ownAddressOn({ name: 'first' })
  ok(address.host === 'first')
  match(address.given?.script({ name: named('mq2') }).reveal() ?? '', /getent ahostsv4 mq2 /)
  deepStrictEqual([address.parse('10.8.2.12\n'), address.parse('\n')], ['10.8.2.12', absent])
})

test.run()
