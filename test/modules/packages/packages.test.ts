import { deepStrictEqual, match, ok } from 'node:assert'
import { test } from 'uvu'
import { absent, unknown } from 'haq'
import { packages } from 'haq/modules'
import { lawTests } from 'haq/testing'
import { stepsOf, type RunStep } from '../../../src/core/step.ts'

const debian = { id: 'debian', like: [], version: '12' }
const rocky = { id: 'rocky', like: ['rhel', 'centos', 'fedora'], version: '9.4' }
const installed = (version: string) => ({ status: 'installed', version })
const a = 'package keepalived'
const b = 'package rabbitmq-server'
const names = ['keepalived', 'rabbitmq-server']
const onHold = { os: debian, marks: { unfinished: [], held: ['keepalived'], root: true } }
const gone = { os: debian, marks: { unfinished: [], held: [], root: true } }
const both = { ...gone, heldBack: [] }

for (const law of lawTests(
  packages,
  [
    {
      name: 'a bare host',
      params: { names },
      facts: { ...both, [a]: absent, [b]: absent },
      changes: ['packages: keepalived absent, rabbitmq-server absent → installed'],
    },
    {
      name: 'a host without one of them',
      params: { names },
      facts: { ...both, [a]: installed('1:2.2.7-1'), [b]: absent },
      changes: ['packages: rabbitmq-server absent → installed'],
    },
    {
      name: 'nothing to do, one of them provided by another',
      params: { names },
      facts: { ...both, [a]: installed('1:2.2.7-1'), [b]: { status: 'provided', version: 'rabbitmq-server-ce' } },
      changes: [],
    },
    {
      name: 'an interrupted dpkg',
      params: { names },
      facts: {
        os: debian,
        marks: { unfinished: ['keepalived', 'ipvsadm'], held: [], root: true },
        heldBack: [],
        [a]: { status: 'unfinished', version: '1:2.2.7-1' },
        [b]: { status: 'removed', version: '3.10.8' },
      },
      changes: [
        'packages: keepalived half installed, rabbitmq-server removed but for its configuration, ' +
          'and left half-way by an interrupted dpkg: ipvsadm → installed',
      ],
    },
    {
      name: 'dnf',
      params: { names },
      facts: { os: rocky, marks: { unfinished: [], held: [], root: true }, heldBack: [], [a]: absent, [b]: absent },
      changes: ['packages: keepalived absent, rabbitmq-server absent → installed'],
    },
    {
      name: 'another version',
      params: { names: ['keepalived=1:2.2.8-1', 'rabbitmq-server'] },
      facts: { ...both, [a]: installed('1:2.2.7-1'), [b]: installed('3.10.8') },
      changes: ['packages: keepalived 1:2.2.7-1 → keepalived 1:2.2.8-1'],
    },
    {
      name: 'a version that rpm writes with its release',
      params: { names: ['keepalived=2.2.8'] },
      facts: {
        os: rocky,
        marks: { unfinished: [], held: [], root: true },
        heldBack: [],
        [a]: installed('2.2.8-3.el9'),
      },
      changes: [],
    },
    {
      name: 'latest, one with a newer version',
      params: { names, state: 'latest' },
      facts: {
        ...both,
        [a]: installed('2.2.7'),
        [b]: absent,
        candidates: { fresh: true, versions: { keepalived: '2.2.8', 'rabbitmq-server': '3.10.8' } },
      },
      changes: ['packages: keepalived 2.2.7, rabbitmq-server absent → keepalived 2.2.8, rabbitmq-server 3.10.8'],
    },
    {
      name: 'latest, nothing newer',
      params: { names, state: 'latest' },
      facts: {
        ...both,
        [a]: installed('2.2.7'),
        [b]: installed('3.10.8'),
        candidates: { fresh: true, versions: { keepalived: '2.2.7' } },
      },
      changes: [],
    },
    {
      name: 'latest, with outdated package lists',
      params: { names: ['keepalived'], state: 'latest', cacheValidHours: 6 },
      facts: { ...both, [a]: installed('2.2.7'), candidates: { fresh: false, versions: { keepalived: '2.2.7' } } },
      changes: ['packages: keepalived 2.2.7, by package lists older than 6 h → latest'],
    },
    {
      name: 'absent',
      params: { names, state: 'absent' },
      facts: { ...gone, [a]: installed('2.2.7'), [b]: absent, dependents: [] },
      changes: ['packages: keepalived 2.2.7 → absent'],
    },
    {
      name: 'absent, but another package needs it',
      params: { names, state: 'absent' },
      facts: { ...gone, [a]: installed('2.2.7'), [b]: absent, dependents: ['ha-suite'] },
      changes: ['packages: keepalived 2.2.7 → absent'],
      unmet: ['no other package needs the ones to remove'],
    },
    {
      name: 'purge of what was only removed',
      params: { names: ['keepalived'], state: 'absent', purge: true },
      facts: { ...gone, [a]: { status: 'removed', version: '2.2.7' }, dependents: [] },
      changes: ['packages: keepalived removed but for its configuration → purged'],
    },
    {
      name: 'purge on a host with rpm',
      params: { names: ['keepalived'], state: 'absent', purge: true },
      facts: { os: rocky, marks: { unfinished: [], held: [], root: true }, [a]: installed('2.2.7'), dependents: [] },
      changes: ['packages: keepalived 2.2.7 → purged'],
      unmet: ['purge is used with apt only'],
    },
    {
      name: 'a user who is not root',
      params: { names: ['keepalived'] },
      facts: { ...both, marks: { unfinished: [], held: [], root: false }, [a]: absent },
      changes: ['packages: keepalived absent → installed'],
      unmet: ['haq is root on the host'],
    },
    {
      name: 'on hold and installed',
      params: { names },
      facts: { ...onHold, [a]: installed('2.2.7'), [b]: installed('3.10.8'), heldBack: [] },
      changes: [],
    },
    {
      name: 'another version of what is on hold',
      params: { names: ['keepalived=2.2.8'] },
      facts: { ...onHold, [a]: installed('2.2.7'), heldBack: [] },
      changes: ['packages: keepalived 2.2.7 → keepalived 2.2.8'],
      unmet: ['no package on hold would be changed'],
    },
    {
      name: 'latest, one of them on hold with its newest version',
      params: { names, state: 'latest' },
      facts: {
        ...onHold,
        [a]: installed('2.2.7'),
        [b]: installed('3.10.8'),
        candidates: { fresh: true, versions: { keepalived: '2.2.7', 'rabbitmq-server': '3.10.9' } },
        heldBack: [],
      },
      changes: ['packages: rabbitmq-server 3.10.8 → rabbitmq-server 3.10.9'],
    },
    {
      name: 'latest of what is on hold, with outdated lists that have a newer version',
      params: { names: ['keepalived'], state: 'latest' },
      facts: {
        ...onHold,
        [a]: installed('2.2.7'),
        candidates: { fresh: false, versions: { keepalived: '2.2.8' } },
        heldBack: ['keepalived'],
      },
      changes: ['packages: keepalived 2.2.7, by package lists older than 24 h → latest'],
      unmet: ['no package on hold would be changed'],
    },
    {
      name: 'a dependency on hold',
      params: { names },
      facts: { ...onHold, [a]: installed('2.2.7'), [b]: absent, heldBack: ['erlang-base'] },
      changes: ['packages: rabbitmq-server absent → installed'],
      unmet: ['no package on hold would be changed'],
    },
    {
      name: 'absent, on hold',
      params: { names, state: 'absent' },
      facts: { ...onHold, [a]: installed('2.2.7'), [b]: absent, dependents: [] },
      changes: ['packages: keepalived 2.2.7 → absent'],
      unmet: ['no package on hold would be changed'],
    },
    {
      name: 'a distribution of neither family',
      params: { names: ['keepalived'] },
      facts: {
        os: { id: 'alpine', like: [], version: '3.20' },
        marks: { unfinished: [], held: [], root: true },
        heldBack: [],
        [a]: absent,
      },
      changes: [],
      unmet: ['the distribution installs packages by apt or dnf'],
    },
  ],
  [
    { params: { names: [] }, problems: ['names: takes at least one package'] },
    {
      params: { names: ['--purge', 'a b', 'x;reboot', '*', 'vim-', '@core'] },
      problems: [0, 1, 2, 3, 4, 5].map(
        i => `names[${i}]: takes a package's name, such as 'keepalived', 'libc6:i386' or 'keepalived=1:2.2.7-1'`,
      ),
    },
    { params: { names: ['vim', 'vim=9'] }, problems: ['names[1]: names vim twice'] },
    {
      params: { names: ['vim=9'], state: 'latest', purge: true },
      problems: ['names[0]: takes no version with state latest', 'purge: goes with state absent'],
    },
  ],
))
  test(law.name, law.run)

test('packages shortens its title', () => {
  deepStrictEqual(packages({ names: ['a1', 'b1', 'c1', 'd1', 'e1'] }).name, 'packages a1, b1, c1 and 2 more')
  deepStrictEqual(packages({ names }).name, 'packages keepalived, rabbitmq-server')
})

test('packages says how a change is undone, or why it is not', () => {
  const undo = (state: 'present' | 'absent', facts: Record<string, unknown>) =>
    (stepsOf(packages({ names, state }).plan({ ...gone, dependents: [], ...facts }))[0] as RunStep).undo
  const back = undo('present', { [a]: absent, [b]: absent })
  ok('script' in back)
  match(String(back.script), /remove keepalived rabbitmq-server/)
  const again = undo('absent', { [a]: installed('2.2.7'), [b]: installed('3.10.8') })
  ok('script' in again)
  match(String(again.script), /install '?keepalived=2.2.7'? '?rabbitmq-server=3.10.8/)
  ok('impossible' in undo('present', { [a]: unknown, [b]: absent }))
})

test('packages: an installation makes absent facts unknown, an upgrade makes all facts unknown', () => {
  const unsettles = (params: Parameters<typeof packages>[0], facts: Record<string, unknown>) =>
    stepsOf(packages(params).plan({ ...both, ...facts }))[0]?.unsettles
  deepStrictEqual(unsettles({ names }, { [a]: absent, [b]: unknown }), 'absent')
  deepStrictEqual(unsettles({ names: ['keepalived=2'] }, { [a]: installed('1') }), 'everything')
  deepStrictEqual(
    unsettles({ names, state: 'absent' }, { [a]: installed('1'), [b]: absent, dependents: [] }),
    'everything',
  )
})

test.run()
