import { strictEqual } from 'node:assert'
import { test } from 'uvu'
import { seedOf, type RabbitNode, type RabbitState } from 'haq/modules'
import { down, node, stoppedApp, vhosts } from './rabbit-states.ts'

const all = ['rabbit@a', 'rabbit@b', 'rabbit@c']
const data = { vhosts: vhosts('/', 'shop') }
const pair = { disc: ['rabbit@a', 'rabbit@b'], ...data }
const three = { disc: all, ...data }

/** The nodes of the hosts a, b and c, and the one that the others join. */
const rows: readonly (readonly [name: string, states: readonly RabbitState[], seed: string])[] = [
  ['new nodes', [node('a'), node('b'), node('c')], 'a'],
  ['a cluster', [node('a', three), node('b', three), node('c', three)], 'a'],
  ['a new node beside a cluster', [node('a', pair), node('b', pair), node('c')], 'a'],
  ['the first node was reinstalled', [node('a'), node('b', pair)], 'b'],
  ['the first node was reinstalled and used', [node('a', data), node('b', three), node('c', three)], 'b'],
  ['the last node was forgotten by the others', [node('a', pair), node('b', pair), node('c', three)], 'a'],
  ['the first node was forgotten by the others', [node('a', three), node('b', data), node('c')], 'a'],
  ['the first node is down', [down, node('b', pair), node('c')], 'b'],
  ["the first node's broker is stopped", [stoppedApp('a', pair), node('b', data)], 'b'],
  ['all nodes are down', [down, down, down], 'a'],
]

for (const [name, states, seed] of rows)
  test(`the others join ${seed}: ${name}`, () => {
    const up = (i: number): RabbitNode | undefined => {
      const state = states[i]
      return state?.state === 'up' ? state : undefined
    }
    strictEqual('abc'[seedOf([0, 1, 2], up)], seed)
  })

test.run()
