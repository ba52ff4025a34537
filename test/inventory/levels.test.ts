import { deepStrictEqual, strictEqual } from 'node:assert'
import { test } from 'uvu'
import type { InventoryDefinition } from '../../src/inventory/definition.ts'
import { flatten } from '../../src/inventory/inventory.ts'

const host = (definition: InventoryDefinition, name = 'h') => {
  const found = flatten('inv.ts', definition, []).hosts.get(name)
  if (!found) throw new Error(`no host ${name}`)
  return found
}

const levels = ['all', 'parent', 'group', 'host'] as const

/** An inventory in which the variable is set at the given levels, to the name of the level. */
const setAt = (at: readonly string[]): InventoryDefinition => {
  const vars = (level: string): { vars?: Record<string, unknown> } => (at.includes(level) ? { vars: { v: level } } : {})
  return {
    ...vars('all'),
    groups: { top: { ...vars('parent'), children: { low: { ...vars('group'), hosts: { h: vars('host') } } } } },
  }
}

const paths = {
  all: 'vars.v',
  parent: 'groups.top.vars.v',
  group: 'groups.top.children.low.vars.v',
  host: 'groups.top.children.low.hosts.h.vars.v',
}

for (let mask = 1; mask < 16; mask++) {
  const at = levels.filter((_, i) => mask & (1 << i))
  const winner = at.at(-1) ?? 'all'
  test(`a variable set at ${at.join(', ')} has the value of ${winner}, and the path of that place`, () => {
    deepStrictEqual(host(setAt(at)).variables.get('v'), { value: winner, path: paths[winner] })
  })
}

test('a group wins over all, also for a host that is in a later group, too', () => {
  const both: InventoryDefinition = {
    vars: { v: 'all' },
    groups: { a: { vars: { v: 'a' }, hosts: { h: null } }, b: { hosts: { h: null } } },
  }
  strictEqual(host(both).variables.get('v')?.value, 'a')
})

test('a group wins over its parent, also for a host that is in two groups of the parent', () => {
  const children = { a: { vars: { v: 'a' }, hosts: { h: null } }, b: { hosts: { h: null } } }
  strictEqual(host({ groups: { top: { vars: { v: 'top' }, children } } }).variables.get('v')?.value, 'a')
})

test('of two groups of the same depth the later one wins; a deeper group wins over both', () => {
  const hosts = { h: null }
  const groups = { a: { vars: { v: 'a', w: 'a' }, hosts }, b: { vars: { v: 'b' }, hosts } }
  strictEqual(host({ groups }).variables.get('v')?.value, 'b')
  strictEqual(host({ groups }).variables.get('w')?.value, 'a')
  const deep = { deep: { children: { low: { vars: { v: 'low' }, hosts } } }, ...groups }
  strictEqual(host({ groups: deep }).variables.get('v')?.value, 'low')
})

test('the settings of a host win, whichever of its groups they are written in', () => {
  const groups = {
    a: { hosts: { h: { vars: { v: 'host' }, address: '192.0.2.1' } } },
    b: { vars: { v: 'b' }, hosts: { h: null } },
  }
  strictEqual(host({ groups }).variables.get('v')?.value, 'host')
  strictEqual(host({ groups }).address, '192.0.2.1')
})

test('groups hold the hosts of their children, in the order of the inventory', () => {
  const { groups, hosts } = flatten(
    'inv.ts',
    {
      hosts: { lone: null },
      groups: { top: { hosts: { c: null }, children: { low: { hosts: { a: null, b: null } } } }, empty: {} },
    },
    [],
  )
  deepStrictEqual(Object.fromEntries(groups), {
    all: ['lone', 'c', 'a', 'b'],
    top: ['c', 'a', 'b'],
    low: ['a', 'b'],
    empty: [],
  })
  deepStrictEqual(hosts.get('a')?.groups, ['top', 'low'])
})

test('connection settings are allowed at any level, and the nearest wins; the default address is the name', () => {
  const { reach } = host({
    user: 'all',
    port: 1,
    connection: 'local',
    groups: { g: { user: 'group', become: true, hosts: { h: { port: 2 } } } },
  })
  deepStrictEqual(reach, { user: 'group', port: 2, connection: 'local', become: true, exec: undefined, address: 'h' })
  strictEqual(host({ hosts: { h: null } }).reach.connection, 'ssh')
})

test.run()
