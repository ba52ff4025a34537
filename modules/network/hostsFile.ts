import * as z from 'zod'
import {
  absent,
  convergeFile,
  defineModule,
  editableFile,
  hostNames,
  hostRef,
  isKnown,
  onReachable,
  predict,
  presence,
  regularFile,
  require,
  resolvesTo,
  unknown,
  type Absent,
  type ByteString,
  type EditableState,
  type Fact,
  type Requirement,
  type Unknown,
} from 'haq'
import { hostsManager, type HostsManager } from './hosts-manager.ts'

const path = '/etc/hosts'

const hostname = z.string().regex(/^[A-Za-z0-9]([A-Za-z0-9.-]{0,252}[A-Za-z0-9])?$/, {
  error: 'takes a host name: letters, digits, dots and dashes',
})

const entry = z.strictObject({
  address: z.union([z.ipv4(), z.ipv6()], { error: 'takes an IPv4 or IPv6 address' }),
  names: z.array(hostname).min(1),
  host: hostRef().optional(),
})

/** An entry as it is written. */
type Entry = Omit<z.output<typeof entry>, 'host'>

/**
 * Manages names in /etc/hosts. A line without a managed name is kept byte for byte, including comments, tabs, CRLF
 * line ends, and a last line without a line end. A managed name is removed from all other lines. This includes
 * Debian's line `127.0.1.1 <hostname>`, because of which RabbitMQ nodes would resolve their own name to the loopback
 * interface. Owner and mode are kept, but the file is made readable for everybody: a service that can't read the file
 * can't resolve its names. A file of more than 16 MiB is refused.
 *
 * With `host`, an entry also gets the names that this host has for itself: its name in full, the kernel's name, and its
 * first part. RabbitMQ nodes look for each other by these, whatever the inventory calls the hosts. A host that can't be
 * reached keeps the names that the file has.
 *
 * @see hosts(5)
 *
 * @example
 * ```ts
 * hostsFile({
 *   entries: group('rabbit').map(({ address, name }) => ({
 *     address,
 *     names: [name],
 *   })),
 * })
 * ```
 */
export const hostsFile = defineModule({
  name: 'hostsFile',
  summary: 'Manage names in /etc/hosts; every other line stays as it is',
  params: z.object({
    entries: z
      .array(entry)
      .min(1)
      .describe('the addresses, each with its host names; host: a host whose own names are added'),
    state: presence,
  }),
  facts: ({ entries }): Record<string, Fact<unknown>> => ({
    hosts: editableFile(path),
    manager: hostsManager,
    ...Object.fromEntries(
      entries.flatMap(({ host }) => (host ? [[namesKey(host.name), onReachable(host, hostNames)] as const] : [])),
    ),
  }),
  plan: ({ entries: given, state }, facts) => {
    const hosts = facts['hosts'] as EditableState | Absent | Unknown
    const manager = facts['manager'] as HostsManager | Absent | Unknown
    const entries = given.map(({ address, names, host }) => {
      const own = host ? (facts[namesKey(host.name)] as readonly string[] | Absent | Unknown) : absent
      return { address, names: merged(names, isKnown(own) ? (own ?? []) : []) }
    })
    const current = isKnown(hosts) ? hosts : absent
    if (current !== absent && current.type !== 'file') return [regularFile(path, current)]
    // An unknown file is planned as an empty one: only the run can tell what it holds.
    const before = current === absent ? '' : current.content
    const content = state === 'present' ? addNames(before, entries) : dropNames(before, entries)
    // Without the file there is nothing to remove.
    if (state === 'absent' && hosts === absent) return []
    const { mode, owner, group } = current ?? { mode: '0644', owner: 'root', group: 'root' }
    const wanted = { path, content, mode: state === 'present' ? readable(mode) : mode, owner, group }
    const distinct = state === 'present' && given.some(({ host }) => host) ? [distinctNames(entries)] : []
    const steps = convergeFile(editableFile(path), wanted, hosts).map(item =>
      item.kind === 'require' ? item : { ...item, predicts: [...item.predicts, ...resolutions(entries, state)] },
    )
    return [...distinct, ...(state === 'present' ? keptAtBoot(entries, manager) : []), ...steps]
  },
})

/** What makes the file anew at boot must know the entries, too. */
function keptAtBoot(entries: readonly Entry[], manager: HostsManager | Absent | Unknown): readonly Requirement[] {
  if (!isKnown(manager) || manager === absent) return []
  const { name, source, template } = manager
  if (template && addNames(template.content, entries) === template.content) return []
  return [
    require(`${path} keeps the names at boot`, false, {
      otherwise: `${name} makes ${path} anew at boot (${source}), and the names would be gone`,
      hint: hints[name](template?.path),
      final: true,
    }),
  ]
}

const hints: Readonly<Record<HostsManager['name'], (template: string | undefined) => string>> = {
  'cloud-init': template =>
    `set manage_etc_hosts: false there${template === undefined ? '' : `, or add the names to ${template}, too`}`,
  WSL: () => 'set generateHosts = false in the section [network] of /etc/wsl.conf',
  Kubernetes: () => 'give the names as hostAliases of the pod',
}

function namesKey(host: string): string {
  return `names of ${host}`
}

/** A host's name in full goes first: what stands first is what `hostname -f` prints. */
function merged(names: readonly string[], own: readonly string[]): string[] {
  const full = own.filter(name => name.includes('.'))
  const all = [...full, ...names, ...own].filter(name => hostname.safeParse(name).success)
  return all.filter((name, i) => all.findIndex(other => same(other, name)) === i)
}

/** Two hosts that have one name can't find each other by it. */
function distinctNames(entries: readonly Entry[]): Requirement {
  const twice = entries.flatMap(({ address, names }, i) =>
    entries
      .slice(i + 1)
      .flatMap(other =>
        same(address, other.address)
          ? []
          : names
              .filter(name => other.names.some(own => same(own, name)))
              .map(name => `${address} and ${other.address} are both called ${name}`),
      ),
  )
  return require('no two hosts have the same name', twice.length === 0, {
    otherwise: twice.join('; '),
    hint: 'give each host a name of its own: hostnamectl hostname NAME',
    final: true,
  })
}

/** Services run as users of their own; they need to read the file, too. */
function readable(mode: string): string {
  return (parseInt(mode, 8) | 0o444).toString(8).padStart(4, '0')
}

function resolutions(entries: readonly Entry[], state: 'present' | 'absent') {
  return entries
    .filter(({ address }) => !address.includes(':'))
    .flatMap(({ address, names }) =>
      names.map(name => predict(resolvesTo(name), state === 'present' ? address : unknown)),
    )
}

/** A line of the file: the text before a comment, and the rest. */
interface Line {
  readonly address: string
  readonly names: readonly string[]
  readonly text: string
  readonly rest: string
}

/** Splits a hosts file into lines. Joining `text` and `rest` of all lines gives the same bytes again. */
function parse(content: ByteString): readonly Line[] {
  return (content.match(/[^\n]*\n|[^\n]+$/g) ?? []).map(line => {
    const text = /^[^#\r\n]*/.exec(line)?.[0] ?? ''
    const [address = '', ...names] = text.split(/[ \t]+/).filter(word => word !== '')
    return { address, names, text, rest: line.slice(text.length) }
  })
}

/** Reads the file once, whatever the number of entries: ad-blocking lists have a hundred thousand lines. */
function addNames(content: ByteString, entries: readonly Entry[]): ByteString {
  const addressesOf = byName(entries)
  const isStrange = (name: string, address: string): boolean =>
    addressesOf.get(lower(name))?.has(lower(address)) === false
  const kept = parse(content)
    .map(line => withoutNames(line, name => isStrange(name, line.address)))
    .join('')
  const lines = parse(kept)
  const byAddress = groupBy(lines, line => lower(line.address))
  const additions = groupBy(entries, ({ address }) => lower(address))
  const grown = new Map<Line, string>()
  const added: string[] = []
  for (const [address, group] of additions) {
    const present = byAddress.get(address) ?? []
    const known = new Set(present.flatMap(({ names }) => names.map(lower)))
    const missing = group
      .flatMap(({ names }) => names)
      .filter(name => !known.has(lower(name)) && known.add(lower(name)))
    const [line] = present
    if (missing.length === 0) continue
    if (line) grown.set(line, withMore(line.text, missing))
    else added.push(`${group[0]?.address ?? ''}\t${missing.join(' ')}`)
  }
  const edited = lines.map(line => (grown.get(line) ?? line.text) + line.rest).join('')
  const lineEnd = edited.includes('\r\n') ? '\r\n' : '\n'
  const separator = added.length === 0 || edited === '' || edited.endsWith('\n') ? '' : lineEnd
  return edited + separator + added.map(line => line + lineEnd).join('')
}

/** Adds names to the text of a line, before its trailing spaces. */
function withMore(text: string, names: readonly string[]): string {
  const end = text.trimEnd().length
  return `${text.slice(0, end)} ${names.join(' ')}${text.slice(end)}`
}

function dropNames(content: ByteString, entries: readonly Entry[]): ByteString {
  const addressesOf = byName(entries)
  return parse(content)
    .map(line => withoutNames(line, name => addressesOf.get(lower(name))?.has(lower(line.address)) === true))
    .join('')
}

/** The addresses that entries give to each name. */
function byName(entries: readonly Entry[]): ReadonlyMap<string, ReadonlySet<string>> {
  const addressesOf = new Map<string, Set<string>>()
  for (const { address, names } of entries)
    for (const name of names.map(lower))
      addressesOf.set(name, (addressesOf.get(name) ?? new Set<string>()).add(lower(address)))
  return addressesOf
}

/** Removes names from a line. A line without names left is removed, except for its comment. */
function withoutNames(line: Line, unwanted: (name: string) => boolean): string {
  if (!line.names.some(unwanted)) return line.text + line.rest
  if (line.names.every(unwanted)) return line.rest.startsWith('#') ? line.rest : ''
  const [address = ''] = /^[ \t]*[^ \t]+/.exec(line.text) ?? []
  const kept = line.text
    .slice(address.length)
    // From the first blank of several on, so that many of them are looked at once.
    .replace(/(?<![ \t])[ \t]+([^ \t]+)/g, (word, name: string) => (unwanted(name) ? '' : word))
  return address + kept + line.rest
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>()
  for (const item of items) {
    const group = groups.get(keyOf(item))
    if (group) group.push(item)
    else groups.set(keyOf(item), [item])
  }
  return groups
}

function lower(text: string): string {
  return text.toLowerCase()
}

function same(a: string, b: string): boolean {
  return lower(a) === lower(b)
}
