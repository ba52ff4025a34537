import { doesNotThrow, ok, strictEqual } from 'node:assert'
import { runInNewContext } from 'node:vm'
import { test } from 'uvu'
import { hostsFile, networkdKeeps } from 'haq/modules'
import { ipvsTable } from '../../modules/lvs/ipvs.ts'
import { packageState } from '../../modules/packages/state.ts'
import type { Fact } from '../../src/core/fact.ts'
import { ownAddresses } from '../../src/facts/own-addresses.ts'
import { sysctlFiles } from '../../src/facts/sysctl-files.ts'
import { systemdUnit } from '../../src/facts/systemd-unit.ts'
import { factsIn } from './any-machine.ts'

const size = 1_000_000
const many = (part: string): string => part.repeat(size / part.length)

/** What makes an expression that can match in several ways try them all. */
const outputs = [
  many('x'),
  many('\n'),
  many('1'),
  many('= '),
  `${many(' ')}x`,
  `/ ${many(' ')}x`,
  `x=${many(' ')}x`,
  `/x.conf:1:${many(' ')}x`,
  `/x.conf:1:x${many(' ')}x`,
  `/x.conf:1:x=x${many(' ')}x`,
  `/${many('.conf:1')}`,
  `1: lo inet 127.0.0.1/8 ${many('scope x ')}`,
  `2: eth0 inet 10.0.0.1/8 scope ${many(' ')}`,
  many('2: eth0 inet 10.0.0.1/8 '),
  `up "${many('a')}`,
  `/a.network\n/x ${many(' ')}x`,
  `81a4 0 0 root ${many(' ')}`,
]

/** Ends a parser that has no end. It takes milliseconds; one that looks at all pairs of a million bytes takes an hour. */
function within<T>(seconds: number, action: () => T): T {
  return runInNewContext('action()', { action }, { timeout: seconds * 1000 }) as T
}

const { networkd } = networkdKeeps({ interface: 'eth0' }).facts
const facts: readonly (Fact<unknown> | undefined)[] = [
  ...factsIn('/x'),
  ipvsTable,
  networkd,
  ownAddresses([]),
  packageState('x'),
  sysctlFiles('/etc/sysctl.d/x.conf', ['net.x']),
  systemdUnit('x.service'),
]

for (const fact of new Set(facts))
  test(`what is printed without end for ${fact?.key} is soon understood or refused`, () => {
    for (const output of outputs)
      doesNotThrow(() =>
        within(30, () => {
          try {
            fact?.parse(output)
          } catch (error) {
            // Refused, which is right for nearly all of them; a few words of it may be quoted.
            ok(error instanceof Error && error.message.length < 1000)
          }
        }),
      )
  })

test('a hosts file with an endless line is soon edited', () => {
  const content = `10.0.0.1 gone${many(' ')}\n10.0.0.2 gone stays${many(' ')}# ${many(' x')}\n`
  const { plan } = hostsFile({ entries: [{ address: '10.0.0.2', names: ['gone'] }], state: 'absent' })
  const hosts = { type: 'file', mode: '0644', owner: 'root', group: 'root', content }
  const [step] = within(30, () => plan({ hosts }))
  const written = step?.kind === 'write' ? step.content.reveal() : ''
  strictEqual(written, content.replace('10.0.0.2 gone stays', '10.0.0.2 stays'))
})

test.run()
