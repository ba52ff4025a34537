import { match, ok, strictEqual } from 'node:assert'
import { test } from 'uvu'
import { absent, sha256, unknown, type FileState } from 'haq'
import { loopbackVip } from 'haq/modules'
import { lawTests } from 'haq/testing'
import { stepsOf } from '../../../src/core/step.ts'

const vip = '192.168.1.120'
const unitName = `haq-vip-${vip}.service`
const path = `/etc/systemd/system/${unitName}`
const localhost = { address: '127.0.0.1/8', label: 'lo' }
const held = (label: string) => [localhost, { address: `${vip}/32`, label }]
const enabled = { active: true, enabled: true }
const address = `address ${vip}/32 on lo`
const boot = `boot of ${unitName}`

/** The unit's file as the module writes it. */
function unitFile(label: string) {
  const [step] = stepsOf(loopbackVip({ vip, label }).plan({ lo: [localhost], unit: absent, unitFile: absent }))
  const content = step?.kind === 'write' ? step.content.reveal() : ''
  return { type: 'file', mode: '0644', owner: 'root', group: 'root', content } as const satisfies FileState
}
const digest = (label: string): string => `sha256 ${sha256(unitFile(label).content).slice(0, 12)} 0644 root:root`

for (const law of lawTests(
  loopbackVip,
  [
    {
      name: 'a bare host',
      params: { vip },
      facts: { lo: [localhost], unit: absent, unitFile: absent },
      changes: [
        `${path}: absent → ${digest('lo:0')}`,
        `${boot}: absent → enabled as written`,
        `${address}: absent → lo:0`,
      ],
    },
    {
      name: 'as wanted',
      params: { vip },
      facts: { lo: held('lo:0'), unit: enabled, unitFile: unitFile('lo:0') },
      changes: [],
    },
    {
      name: 'an operator removed the address',
      params: { vip },
      facts: { lo: [localhost], unit: enabled, unitFile: unitFile('lo:0') },
      changes: [`${address}: absent → lo:0`],
    },
    {
      name: 'an operator added the address with another label',
      params: { vip },
      facts: { lo: held('lo'), unit: absent, unitFile: absent },
      changes: [`${path}: absent → ${digest('lo:0')}`, `${boot}: absent → enabled as written`, `${address}: lo → lo:0`],
    },
    {
      name: 'another label',
      params: { vip, label: 'lo:vip' },
      facts: { lo: held('lo:0'), unit: enabled, unitFile: unitFile('lo:0') },
      changes: [
        `${path}: ${digest('lo:0')} → ${digest('lo:vip')}`,
        `${boot}: enabled → enabled as written`,
        `${address}: lo:0 → lo:vip`,
      ],
    },
    {
      name: 'a run that was killed after it wrote the unit',
      params: { vip },
      facts: { lo: [localhost], unit: { active: false, enabled: false }, unitFile: unitFile('lo:0') },
      changes: [`${boot}: disabled → enabled as written`, `${address}: absent → lo:0`],
    },
    {
      name: 'a longer address on lo',
      params: { vip },
      facts: {
        lo: [localhost, { address: `${vip}/24`, label: 'lo:0' }],
        unit: enabled,
        unitFile: unitFile('lo:0'),
      },
      changes: [`${address}: absent → lo:0`],
    },
    {
      name: 'unknown',
      params: { vip },
      facts: { lo: unknown, unit: unknown, unitFile: unknown },
      changes: [
        `${path}: unknown → ${digest('lo:0')}`,
        `${boot}: unknown → enabled as written`,
        `${address}: unknown → lo:0`,
      ],
    },
    {
      name: 'state absent on a real server',
      params: { vip, state: 'absent' },
      facts: { lo: held('lo:0'), unit: enabled, unitFile: unitFile('lo:0') },
      changes: [`${address}: lo:0 → absent`, `${boot}: enabled → disabled`, `${path}: ${digest('lo:0')} → absent`],
    },
    {
      name: 'state absent, an operator added it',
      params: { vip, state: 'absent' },
      facts: { lo: held('lo'), unit: absent, unitFile: absent },
      changes: [`${address}: lo → absent`],
    },
    {
      name: 'state absent on a bare host',
      params: { vip, state: 'absent' },
      facts: { lo: [localhost], unit: absent, unitFile: absent },
      changes: [],
    },
  ],
  [
    { params: { vip: '192.168.1.300' }, problems: ['vip: takes an IPv4 address'] },
    { params: { vip: '::1' }, problems: ['vip: takes an IPv4 address'] },
    { params: { vip, label: 'eth0:0' }, problems: ['label: takes lo, or lo: and a word, such as lo:0'] },
    {
      params: { vip, label: 'lo:0123456789abc' },
      problems: ['label: takes up to 15 characters, the limit of the kernel'],
    },
  ],
))
  test(law.name, law.run)

/** The commands of the last `run` step and of its undo. */
function lastRun(
  state: 'present' | 'absent',
  facts: Parameters<ReturnType<typeof loopbackVip>['plan']>[0],
): readonly [does: string, undoes: string] {
  const step = stepsOf(loopbackVip({ vip, state }).plan(facts)).findLast(({ kind }) => kind === 'run')
  ok(step?.kind === 'run' && 'script' in step.undo)
  return [step.script.reveal(), step.undo.script.reveal()]
}

const stopped = { active: false, enabled: false }

test('loopbackVip drops an address with another label before it adds it: the kernel keeps the old label', () => {
  const [does, undoes] = lastRun('present', { lo: held('lo'), unit: stopped, unitFile: unitFile('lo:0') })
  match(does, /^systemctl daemon-reload\nsystemctl stop [^]*ip address del [^]*\nsystemctl start /)
  match(undoes, /^systemctl stop [^]*\nip address add 192\.168\.1\.120\/32 dev lo label lo$/)
})

test('undo keeps a unit running that ran without its address, and starts a unit that was stopped', () => {
  const [, takes] = lastRun('present', { lo: [localhost], unit: enabled, unitFile: unitFile('lo:0') })
  match(takes, /^if ip [^]*ip address del/)
  const running = { active: true, enabled: false }
  const [, gives] = lastRun('absent', { lo: held('lo:0'), unit: running, unitFile: absent })
  match(gives, /^systemctl start [^]*ip address del [^]*\nip address add 192\.168\.1\.120\/32 dev lo label lo:0$/)
})

test('undo of a rewritten unit keeps the unit enabled if it was enabled', () => {
  const facts = { lo: held('lo:0'), unitFile: unitFile('lo:1') }
  const [, stays] = lastRun('present', { ...facts, unit: enabled })
  strictEqual(stays, ':')
  const [, disables] = lastRun('present', { ...facts, unit: stopped })
  match(disables, /^systemctl -q disable /)
})

test.run()
