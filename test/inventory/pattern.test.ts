import { deepStrictEqual } from 'node:assert'
import { test } from 'uvu'
import { flatten } from '../../src/inventory/inventory.ts'
import { matchHosts, strangersIn } from '../../src/inventory/pattern.ts'

const inventory = flatten(
  'inv.ts',
  {
    hosts: { lone: null },
    groups: {
      web: { hosts: { web1: null, web2: null, 'web3.example': null } },
      db: { hosts: { db1: null, web2: null } },
    },
  },
  [],
)

const table: readonly (readonly [pattern: string, hosts: readonly string[], strangers?: readonly string[]])[] = [
  ['web1', ['web1']],
  ['web', ['web1', 'web2', 'web3.example']],
  ['all', ['lone', 'web1', 'web2', 'web3.example', 'db1']],
  ['*', ['lone', 'web1', 'web2', 'web3.example', 'db1']],
  ['web?', ['web1', 'web2']],
  ['web[12]', ['web1', 'web2']],
  ['web[2-9]', ['web2']],
  ['web3.*', ['web3.example']],
  ['web3xexample', [], ['web3xexample']],
  ['db1,web1', ['web1', 'db1']],
  ['db1:web1', ['web1', 'db1']],
  [' db1 , web1 ', ['web1', 'db1']],
  ['web:&db', ['web2']],
  ['web:!db', ['web1', 'web3.example']],
  ['!web', ['lone', 'db1']],
  ['&db', ['web2', 'db1']],
  ['all:!web:!db', ['lone']],
  ['!all', []],
  ['!wbe', ['lone', 'web1', 'web2', 'web3.example', 'db1'], ['wbe']],
  ['web1,typo,&nope', [], ['typo', 'nope']],
  ['web[', [], ['web[']],
  ['web[z-a]', [], ['web[z-a]']],
  ['(web1|db1)', [], ['(web1|db1)']],
  ['WEB1', [], ['WEB1']],
]

for (const [pattern, hosts, strangers = []] of table)
  test(`the pattern ${pattern} matches ${hosts.join(', ') || 'no host'}`, () => {
    deepStrictEqual(matchHosts(inventory, pattern), hosts)
    deepStrictEqual(strangersIn(inventory, pattern), strangers)
  })

test.run()
