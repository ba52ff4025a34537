import type { Inventory } from './inventory.ts'

interface Part {
  readonly text: string
  readonly sign: '' | '!' | '&'
  readonly names: ReadonlySet<string>
}

/**
 * The hosts that match a pattern, which is like Ansible's: names or globs of hosts and groups, joined by commas or
 * colons. `!` excludes hosts, and `&` keeps only hosts that are also in the group.
 * @returns names in the order of the inventory
 */
export function matchHosts(inventory: Inventory, pattern: string): readonly string[] {
  const parts = partsOf(inventory, pattern)
  const added = parts.filter(({ sign }) => sign === '')
  const kept = parts.filter(({ sign }) => sign === '&')
  const removed = parts.filter(({ sign }) => sign === '!')
  return [...inventory.hosts.keys()].filter(
    name =>
      (added.length === 0 || added.some(({ names }) => names.has(name))) &&
      kept.every(({ names }) => names.has(name)) &&
      !removed.some(({ names }) => names.has(name)),
  )
}

/** The parts of a pattern that match nothing. They are refused: with a typo after `!` a run would use all hosts. */
export function strangersIn(inventory: Inventory, pattern: string): readonly string[] {
  return partsOf(inventory, pattern)
    .filter(({ text }) => !isNamed(inventory, text))
    .map(({ text }) => text)
}

function isNamed(inventory: Inventory, glob: string): boolean {
  return [...inventory.groups.keys(), ...inventory.hosts.keys()].some(globMatcher(glob))
}

function partsOf(inventory: Inventory, pattern: string): readonly Part[] {
  return pattern
    .split(/[,:]/)
    .map(part => part.trim())
    .filter(part => part !== '')
    .map(part => {
      const sign = part.startsWith('!') ? '!' : part.startsWith('&') ? '&' : ''
      const text = part.slice(sign.length).trim()
      return { text, sign, names: named(inventory, text) }
    })
}

function named(inventory: Inventory, glob: string): ReadonlySet<string> {
  const matches = globMatcher(glob)
  const groups = [...inventory.groups].filter(([name]) => matches(name)).flatMap(([, hosts]) => hosts)
  return new Set([...groups, ...[...inventory.hosts.keys()].filter(matches)])
}

/** Matches names with `*`, `?` and character classes such as `[a-c]`. */
function globMatcher(glob: string): (name: string) => boolean {
  const source = glob.replace(/\[[\w.-]+\]|[^]/g, part => {
    if (part === '*') return '.*'
    if (part === '?') return '.'
    return part.length > 1 && isClass(part) ? part : part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
  })
  const pattern = new RegExp(`^${source}$`)
  return name => pattern.test(name)
}

/** Whether a text is a valid character class; `[z-a]` is not. */
function isClass(text: string): boolean {
  try {
    return Boolean(new RegExp(text))
  } catch {
    return false
  }
}
