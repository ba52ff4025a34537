import { deepStrictEqual, strictEqual, throws } from 'node:assert'
import { test } from 'uvu'
import { unknown } from '../../src/core/fact.ts'
import { keptAtBoot, sysctlFiles } from '../../src/facts/sysctl-files.ts'

const own = '/etc/sysctl.d/90-haq-arp.conf'
const ignore = 'net.ipv4.conf.all.arp_ignore'
const vlan = 'net.ipv4.conf.eth0/100.arp_ignore'
const fact = sysctlFiles(own, [ignore, vlan])

/** What grep finds, and what the host would come to at its next boot. */
const found: readonly { name: string; lines: string; overridden?: string }[] = [
  { name: 'nothing', lines: '' },
  {
    name: 'a file that is read later',
    lines: `/etc/sysctl.d/99-hardening.conf:1:${ignore} = 0\n`,
    overridden: `/etc/sysctl.d/99-hardening.conf:1 sets ${ignore} to 0 at boot, after ${own}`,
  },
  { name: 'the same value in it', lines: `/etc/sysctl.d/99-hardening.conf:1:${ignore}=1\n` },
  { name: 'a file that is read before', lines: `/usr/lib/sysctl.d/50-default.conf:7:${ignore} = 0\n` },
  {
    name: 'a name that sorts later, in a folder that does not',
    lines: `/usr/lib/sysctl.d/95-vendor.conf:2:  -${ignore} =  2 \n`,
    overridden: `/usr/lib/sysctl.d/95-vendor.conf:2 sets ${ignore} to 2 at boot, after ${own}`,
  },
  {
    name: 'a name as a path',
    lines: `/run/sysctl.d/99-x.conf:3:net/ipv4/conf/all/arp_ignore = 0\n`,
    overridden: `/run/sysctl.d/99-x.conf:3 sets ${ignore} to 0 at boot, after ${own}`,
  },
  {
    name: 'an interface with a dot, as a path and with a slash',
    lines: `/etc/sysctl.d/98-a.conf:1:net/ipv4/conf/eth0.100/arp_ignore = 2\n/etc/sysctl.d/99-b.conf:1:${vlan} = 0\n`,
    overridden: `/etc/sysctl.d/99-b.conf:1 sets ${vlan} to 0 at boot, after ${own}`,
  },
  {
    name: 'a later line that sets it right again',
    lines: `/etc/sysctl.d/99-b.conf:1:${ignore} = 0\n/etc/sysctl.d/99-b.conf:2:${ignore} = 1\n`,
  },
  { name: 'comments', lines: `/etc/sysctl.d/99-b.conf:1:# ${ignore} = 0\n/etc/sysctl.d/99-b.conf:2:; ${ignore} = 0\n` },
  { name: 'an exclusion from globs', lines: `/etc/sysctl.d/99-b.conf:1:-${ignore}\n` },
  {
    name: 'a glob, over which the exact name wins',
    lines: `/etc/sysctl.d/99-b.conf:1:net.ipv4.conf.*.arp_ignore = 0\n`,
  },
]

for (const { name, lines, overridden } of found)
  test(`at boot: ${name}`, () => {
    const requirement = keptAtBoot(own, { [ignore]: '1', [vlan]: '1' }, fact.parse(lines))
    deepStrictEqual([requirement.met, requirement.otherwise], [overridden === undefined, overridden ?? ''])
  })

test('at boot: what is not known is not known to be met', () => {
  strictEqual(keptAtBoot(own, { [ignore]: '1' }, unknown).met, unknown)
})

test('at boot: what grep did not print is refused', () => {
  throws(() => fact.parse('Binary file matches\n'), /grep printed "Binary file matches"/)
})

test.run()
