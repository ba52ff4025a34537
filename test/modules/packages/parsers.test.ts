import { deepStrictEqual, ok } from 'node:assert'
import { test } from 'uvu'
import { absent } from 'haq'
import { packages } from 'haq/modules'
import { parseCandidates } from '../../../modules/packages/lists.ts'
import { managerOf } from '../../../modules/packages/manager.ts'
import { parseMarks } from '../../../modules/packages/marks.ts'
import { isVersion } from '../../../modules/packages/names.ts'
import { parsePackage } from '../../../modules/packages/state.ts'

const installed = (version: string) => ({ status: 'installed', version })

for (const { os, manager } of [
  { os: { id: 'raspbian', like: ['debian'] }, manager: 'apt' },
  { os: { id: 'linuxmint', like: ['ubuntu', 'debian'] }, manager: 'apt' },
  { os: { id: 'ol', like: ['fedora'] }, manager: 'dnf' },
  { os: { id: 'amzn', like: ['centos', 'rhel', 'fedora'] }, manager: 'dnf' },
  { os: { id: 'opensuse-leap', like: ['suse', 'opensuse'] }, manager: undefined },
])
  test(`packages knows that ${os.id} has ${manager}`, () => deepStrictEqual(managerOf({ ...os, version: '' }), manager))

for (const { output, state } of [
  { output: '', state: absent },
  { output: 'installed 1:2.2.7-1+b2\n', state: installed('1:2.2.7-1+b2') },
  { output: 'config-files 2.2.7\n', state: { status: 'removed', version: '2.2.7' } },
  { output: 'half-configured 2.2.7\n', state: { status: 'unfinished', version: '2.2.7' } },
  { output: 'triggers-pending 2.2.7\n', state: { status: 'unfinished', version: '2.2.7' } },
  { output: 'config-files 2.1\ninstalled 2.2\n', state: installed('2.2') },
  { output: 'provided exim4\nprovided postfix\n', state: { status: 'provided', version: 'exim4' } },
])
  test(`packages reads ${JSON.stringify(output)}`, () => deepStrictEqual(parsePackage(output), state))

test('packages parses the versions in the package lists', () =>
  deepStrictEqual(parseCandidates('fresh\nkeepalived 1:2.2.8\nvirtual (none)\n'), {
    fresh: true,
    versions: { keepalived: '1:2.2.8' },
  }))

test('packages reads what is on hold, left half-way, or locked by dnf or yum', () =>
  deepStrictEqual(
    parseMarks(
      'root\nheld libc6:amd64\nunfinished ipvsadm\nlock keepalived-0:2.2.8-3.el9.*\nlock 1:perl-Math_X-2.0-1.*\nheld rabbitmq-server\n',
    ),
    { unfinished: ['ipvsadm'], held: ['libc6:amd64', 'rabbitmq-server', 'keepalived', 'perl-Math_X'], root: true },
  ))

test('packages compares versions with or without epoch and release', () => {
  for (const wanted of ['2.2.8', '2.2.8-1', '1:2.2.8-1']) ok(isVersion('1:2.2.8-1', wanted))
  for (const wanted of ['2.2', '2.2.8-2', '2:2.2.8-1']) ok(!isVersion('1:2.2.8-1', wanted))
})

test('packages accepts the package names of all distributions', () => {
  const valid = [
    'g++',
    'libc6:i386',
    'python3.11',
    'libstdc++6',
    'keepalived=1:2.2.7-1+b2',
    'perl-Math_X',
    'a=1~rc1^git',
  ]
  deepStrictEqual(packages({ names: valid }).problems, [])
})

test.run()
