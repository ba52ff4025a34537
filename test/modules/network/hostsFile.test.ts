import { deepStrictEqual, ok } from 'node:assert'
import fc from 'fast-check'
import { test } from 'uvu'
import { absent, type FileState } from 'haq'
import { hostsFile } from 'haq/modules'
import { lawTests } from 'haq/testing'
import { requirementsOf, stepsOf } from '../../../src/core/step.ts'

const hosts = (content: string): FileState => ({ type: 'file', mode: '0644', owner: 'root', group: 'root', content })
const entries = [
  { address: '192.168.1.121', names: ['initiator'] },
  { address: '192.168.1.114', names: ['mygateway', 'gw'] },
]

/** Content before, and what it must be after, byte for byte. */
const edits: readonly { name: string; state?: 'absent'; before: string; after: string }[] = [
  { name: 'an empty file', before: '', after: '192.168.1.121\tinitiator\n192.168.1.114\tmygateway gw\n' },
  {
    name: "Debian's own line for the host",
    before: '127.0.0.1\tlocalhost\n127.0.1.1\tinitiator\n',
    after: '127.0.0.1\tlocalhost\n192.168.1.121\tinitiator\n192.168.1.114\tmygateway gw\n',
  },
  {
    name: 'a name among others on a wrong line, with a comment',
    before: '10.0.0.9  a\tinitiator  b # keep\n',
    after: '10.0.0.9  a  b # keep\n192.168.1.121\tinitiator\n192.168.1.114\tmygateway gw\n',
  },
  {
    name: 'a stale line that held only managed names and a comment',
    before: '10.0.0.9 mygateway gw # old\n',
    after: '# old\n192.168.1.121\tinitiator\n192.168.1.114\tmygateway gw\n',
  },
  {
    name: 'CRLF line ends, no final line end',
    before: '127.0.0.1 localhost\r\n# x\r\n::1 ip6-localhost',
    after:
      '127.0.0.1 localhost\r\n# x\r\n::1 ip6-localhost\r\n192.168.1.121\tinitiator\r\n192.168.1.114\tmygateway gw\r\n',
  },
  {
    name: 'a line of the address that lacks a name, and bytes that are not UTF-8',
    before: '192.168.1.121 initiator\n# caf\xe9\n\t192.168.1.114\tother   # c\n',
    after: '192.168.1.121 initiator\n# caf\xe9\n\t192.168.1.114\tother mygateway gw   # c\n',
  },
  {
    name: 'names in upper case',
    before: '192.168.1.121 INITIATOR\n192.168.1.114 MyGateway GW\n',
    after: '192.168.1.121 INITIATOR\n192.168.1.114 MyGateway GW\n',
  },
  {
    name: 'state absent removes only what it manages',
    state: 'absent',
    before: '127.0.0.1 localhost\n192.168.1.121 initiator x\n192.168.1.114 mygateway gw\n',
    after: '127.0.0.1 localhost\n192.168.1.121 x\n',
  },
]

for (const { name, state = 'present', before, after } of edits)
  test(`hostsFile edits ${name}`, () => {
    const steps = stepsOf(hostsFile({ entries, state }).plan({ hosts: hosts(before), manager: absent }))
    const written = steps.map(step => (step.kind === 'write' ? step.content.reveal() : step.kind))
    deepStrictEqual(written, before === after ? [] : [after])
  })

const nodes = [
  { address: '10.8.2.11', names: ['mq1.example.com'], host: { name: 'mq1.example.com' } },
  { address: '10.8.2.12', names: ['second'], host: { name: 'second' } },
]
const named = (second: readonly string[] | null) => ({
  hosts: hosts('127.0.0.1 localhost\n127.0.1.1 mq1.example.com mq1\n'),
  manager: absent,
  'names of mq1.example.com': ['mq1.example.com', 'mq1'],
  'names of second': second,
})

test("hostsFile adds a host's own names, and leaves none of them on the loopback", () => {
  const [step] = stepsOf(hostsFile({ entries: nodes }).plan(named(['mq2.example.com', 'mq2'])))
  ok(step?.kind === 'write')
  deepStrictEqual(
    step.content.reveal(),
    '127.0.0.1 localhost\n10.8.2.11\tmq1.example.com mq1\n10.8.2.12\tmq2.example.com second mq2\n',
  )
})

test("hostsFile goes on without the names of a host that can't be reached", () => {
  const [step] = stepsOf(hostsFile({ entries: nodes }).plan(named(null)))
  ok(step?.kind === 'write' && step.content.reveal().endsWith('10.8.2.12\tsecond\n'))
})

test('hostsFile refuses two hosts of one name', () => {
  const unmet = requirementsOf(hostsFile({ entries: nodes }).plan(named(['MQ1']))).filter(({ met }) => met === false)
  deepStrictEqual(
    unmet.map(({ otherwise }) => otherwise),
    ['10.8.2.11 and 10.8.2.12 are both called mq1'],
  )
})

/** Lines that speak of no managed name, of any bytes. */
const unmanagedLine = fc
  .string({ unit: fc.integer({ min: 0, max: 255 }).map(code => String.fromCharCode(code)), maxLength: 60 })
  .map(text => text.replaceAll('\n', ' '))
  .filter(text => !/initiator|mygateway|gw|192\.168\.1\.1/i.test(text))

test('hostsFile keeps every line that it does not manage, whatever its bytes', () => {
  const lineEnds = fc.constantFrom('\n', '\r\n')
  fc.assert(
    fc.property(fc.array(unmanagedLine), lineEnds, fc.boolean(), (lines, lineEnd, isEnded) => {
      const before = lines.join(lineEnd) + (isEnded && lines.length > 0 ? lineEnd : '')
      const [step] = stepsOf(hostsFile({ entries }).plan({ hosts: hosts(before), manager: absent }))
      const after = step?.kind === 'write' ? step.content.reveal() : ''
      ok(after.startsWith(before), JSON.stringify([before, after]))
      const back = stepsOf(hostsFile({ entries, state: 'absent' }).plan({ hosts: hosts(after), manager: absent }))
      const restored = back[0]?.kind === 'write' ? back[0].content.reveal() : after
      // A last line without an end has got one.
      ok(restored === before || restored === `${before}\n` || restored === `${before}\r\n`)
    }),
    { seed: Number(process.env['HAQ_SEED'] ?? 1), numRuns: 500 },
  )
})

test('hostsFile keeps a list of 60,000 lines, and adds 300 entries to it', () => {
  const before = Array.from({ length: 60_000 }, (_, i) => `0.0.0.0 ads${i}.example.net\n`).join('')
  const many = Array.from({ length: 300 }, (_, i) => ({ address: `10.8.${i >> 8}.${i & 255}`, names: [`host${i}`] }))
  const [step] = stepsOf(hostsFile({ entries: many }).plan({ hosts: hosts(before), manager: absent }))
  const after = step?.kind === 'write' ? step.content.reveal() : ''
  ok(after.startsWith(before))
  deepStrictEqual(after.split('\n').length, 60_301)
})

for (const law of lawTests(
  hostsFile,
  [
    {
      name: 'a host without the file',
      params: { entries },
      facts: { hosts: absent, manager: absent },
      changes: ['/etc/hosts: absent → sha256 9ed77ef1da7f 0644 root:root'],
    },
    {
      name: 'nothing to do',
      params: { entries },
      facts: { hosts: hosts('192.168.1.114 gw mygateway\n192.168.1.121 initiator\n'), manager: absent },
      changes: [],
    },
    {
      name: 'a file that only its owner may read',
      params: { entries: entries.slice(0, 1) },
      facts: { hosts: { ...hosts('192.168.1.121 initiator\n'), mode: '0600', group: 'adm' }, manager: absent },
      changes: ['/etc/hosts: sha256 c01872bfa1b6 0600 root:adm → sha256 c01872bfa1b6 0644 root:adm'],
    },
    {
      name: 'all is there, and cloud-init makes the file anew from a template without the names',
      params: { entries },
      facts: {
        hosts: hosts('192.168.1.114 gw mygateway\n192.168.1.121 initiator\n'),
        manager: {
          name: 'cloud-init',
          source: '/etc/cloud/cloud.cfg',
          template: { path: '/etc/cloud/templates/hosts.debian.tmpl', content: '127.0.0.1 localhost\n' },
        },
      },
      changes: [],
      unmet: ['/etc/hosts keeps the names at boot'],
      sentences: ['cloud-init makes /etc/hosts anew at boot (/etc/cloud/cloud.cfg), and the names would be gone'],
    },
    {
      name: 'all is there, and in the template of cloud-init, too',
      params: { entries },
      facts: {
        hosts: hosts('192.168.1.114 gw mygateway\n192.168.1.121 initiator\n'),
        manager: {
          name: 'cloud-init',
          source: '/etc/cloud/cloud.cfg',
          template: { path: '/t', content: '192.168.1.114 gw mygateway\n192.168.1.121 initiator\n' },
        },
      },
      changes: [],
    },
    {
      name: 'nothing to take off',
      params: { entries, state: 'absent' },
      facts: { hosts: absent, manager: absent },
      changes: [],
    },
  ],
  [
    { params: { entries: [] }, problems: ['entries: Too small: expected array to have >=1 items'] },
    {
      params: { entries: [{ address: '192.168.1', names: ['a b'] }], stat: 'absent' },
      problems: [
        'entries[0].address: takes an IPv4 or IPv6 address',
        'entries[0].names[0]: takes a host name: letters, digits, dots and dashes',
        ': Unrecognized key: "stat"',
      ],
    },
  ],
))
  test(law.name, law.run)

test.run()
