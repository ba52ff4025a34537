import * as z from 'zod'
import {
  absent,
  convergeFile,
  defineModule,
  file,
  isKnown,
  predict,
  presence,
  resolvesTo,
  unknown,
  type ByteString,
} from 'haq'

const path = '/etc/hosts'

const hostname = z.string().regex(/^[A-Za-z0-9]([A-Za-z0-9.-]{0,252}[A-Za-z0-9])?$/, {
  error: 'takes a host name: letters, digits, dots and dashes',
})

const entry = z.strictObject({
  address: z.union([z.ipv4(), z.ipv6()], { error: 'takes an IPv4 or IPv6 address' }),
  names: z.array(hostname).min(1),
})

type Entry = z.output<typeof entry>

/**
 * Names in /etc/hosts. Every line that does not speak of a managed name stays byte for byte: comments, tabs, CRLF line
 * ends, a last line without an end. A managed name is taken off every other line, also off Debian's
 * `127.0.1.1 <hostname>`, which makes RabbitMQ nodes find themselves on the loopback. Owner and mode stay too, but
 * everybody may read it: a service that can't has no names at all.
 *
 * @see hosts(5)
 */
export const hostsFile = defineModule({
  name: 'hostsFile',
  summary: 'Give names their addresses in /etc/hosts, and leave every other line as it is',
  params: z.object({
    entries: z.array(entry).min(1).describe('addresses, each with the names that it is to have'),
    state: presence,
  }),
  facts: () => ({ hosts: file(path) }),
  plan: ({ entries, state }, { hosts }) => {
    const current = isKnown(hosts) ? hosts : absent
    const content =
      state === 'present' ? addNames(current?.content ?? '', entries) : dropNames(current?.content ?? '', entries)
    // A host without the file has nothing to take off.
    if (state === 'absent' && hosts === absent) return []
    const { mode, owner, group } = current ?? { mode: '0644', owner: 'root', group: 'root' }
    const wanted = { path, content, mode: state === 'present' ? readable(mode) : mode, owner, group }
    return convergeFile(file(path), wanted, hosts).map(step => ({
      ...step,
      predicts: [...step.predicts, ...resolutions(entries, state)],
    }))
  },
})

/** Root alone would know the names of a file that nobody else may read, and services run as users of their own. */
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

/** A line of the file: its text up to a comment, and all that follows. */
interface Line {
  readonly address: string
  readonly names: readonly string[]
  readonly text: string
  readonly rest: string
}

/** The lines of a hosts file, in such a way that joining `text` and `rest` of all gives every byte back. */
function parse(content: ByteString): readonly Line[] {
  return (content.match(/[^\n]*\n|[^\n]+$/g) ?? []).map(line => {
    const text = /^[^#\r\n]*/.exec(line)?.[0] ?? ''
    const [address = '', ...names] = text.split(/[ \t]+/).filter(word => word !== '')
    return { address, names, text, rest: line.slice(text.length) }
  })
}

function addNames(content: ByteString, entries: readonly Entry[]): ByteString {
  const allowed = (name: string, address: string): boolean =>
    !entries.some(e => e.names.some(n => same(n, name))) ||
    entries.some(e => same(e.address, address) && e.names.some(n => same(n, name)))
  const lines = parse(content).map(line => withoutNames(line, name => !allowed(name, line.address)))
  return entries.reduce((edited, { address, names }) => withEntry(edited, address, names), lines.join(''))
}

function dropNames(content: ByteString, entries: readonly Entry[]): ByteString {
  return parse(content)
    .map(line =>
      withoutNames(line, name => entries.some(e => same(e.address, line.address) && e.names.some(n => same(n, name)))),
    )
    .join('')
}

/** The line without some of its names; without the whole line when none is left, but for its comment. */
function withoutNames(line: Line, unwanted: (name: string) => boolean): string {
  if (!line.names.some(unwanted)) return line.text + line.rest
  if (line.names.every(unwanted)) return line.rest.startsWith('#') ? line.rest : ''
  const [address = ''] = /^[ \t]*[^ \t]+/.exec(line.text) ?? []
  const kept = line.text
    .slice(address.length)
    .replace(/[ \t]+([^ \t]+)/g, (word, name: string) => (unwanted(name) ? '' : word))
  return address + kept + line.rest
}

/** Adds what an address lacks of its names: to the line that it has, or in a new line at the end. */
function withEntry(content: ByteString, address: string, names: readonly string[]): ByteString {
  const lines = parse(content)
  const present = lines.filter(line => same(line.address, address))
  const missing = names.filter(name => !present.some(line => line.names.some(n => same(n, name))))
  if (missing.length === 0) return content
  const [line] = present
  if (line) {
    const end = line.text.trimEnd().length
    const grown = `${line.text.slice(0, end)} ${missing.join(' ')}${line.text.slice(end)}`
    return lines.map(l => (l === line ? grown : l.text) + l.rest).join('')
  }
  const lineEnd = content.includes('\r\n') ? '\r\n' : '\n'
  const separator = content === '' || content.endsWith('\n') ? '' : lineEnd
  return `${content}${separator}${address}\t${missing.join(' ')}${lineEnd}`
}

function same(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase()
}
