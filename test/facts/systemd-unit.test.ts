import { test } from 'uvu'
import { absent } from '../../src/core/fact.ts'
import { systemdUnit } from '../../src/facts/systemd-unit.ts'
import { table } from './parser-table.ts'

const unit = (load: string, active: string, fileState: string): string =>
  `LoadState=${load}\nActiveState=${active}\nUnitFileState=${fileState}\n`
table('systemdUnit', systemdUnit('nginx.service'), [
  { name: 'not found', output: unit('not-found', 'inactive', ''), value: absent },
  {
    name: 'running, enabled',
    output: unit('loaded', 'active', 'enabled'),
    value: { active: true, enabled: true },
  },
  {
    name: 'reloading',
    output: unit('loaded', 'reloading', 'enabled'),
    value: { active: true, enabled: true },
  },
  {
    name: 'stopped, disabled',
    output: unit('loaded', 'inactive', 'disabled'),
    value: { active: false, enabled: false },
  },
  { name: 'failed', output: unit('loaded', 'failed', 'enabled'), value: { active: false, enabled: true } },
  { name: 'starting', output: unit('loaded', 'activating', 'enabled'), value: { active: 'changing', enabled: true } },
  { name: 'stopping', output: unit('loaded', 'deactivating', 'enabled'), value: { active: 'changing', enabled: true } },
  { name: 'static', output: unit('loaded', 'active', 'static'), value: { active: true, enabled: 'static' } },
  { name: 'indirect', output: unit('loaded', 'inactive', 'indirect'), value: { active: false, enabled: 'indirect' } },
  {
    name: 'enabled until the reboot only',
    output: unit('loaded', 'active', 'enabled-runtime'),
    value: { active: true, enabled: false },
  },
  {
    name: 'masked',
    output: unit('masked', 'inactive', 'masked'),
    value: { active: false, enabled: false, masked: true },
  },
  {
    name: 'a oneshot that does its work and ends',
    output: `${unit('loaded', 'inactive', 'enabled')}Type=oneshot\nRemainAfterExit=no\n`,
    value: { active: false, enabled: true, oneshot: true },
  },
  {
    name: 'a oneshot that remains',
    output: `${unit('loaded', 'active', 'enabled')}Type=oneshot\nRemainAfterExit=yes\n`,
    value: { active: true, enabled: true },
  },
  {
    name: 'made of an init script that starts at boot',
    output: `RequiredBy=\nWantedBy=some\n${unit('loaded', 'active', 'generated')}`,
    value: { active: true, enabled: true },
  },
  {
    name: 'static, wanted by another unit',
    output: `WantedBy=some\n${unit('loaded', 'active', 'static')}`,
    value: { active: true, enabled: 'static', wanted: true },
  },
  {
    name: 'made of an init script that does not start at boot',
    output: `RequiredBy=\nWantedBy=\n${unit('loaded', 'active', 'generated')}`,
    value: { active: true, enabled: false },
  },
  ...(
    [
      ['enabled', true],
      ['linked', false],
      ['linked-runtime', false],
      ['alias', 'alias'],
      ['transient', 'transient'],
      ['disabled', false],
      ['', 'no file'],
    ] as const
  ).map(([word, enabled]) => ({
    name: `UnitFileState ${word || 'empty'}`,
    output: unit('loaded', 'active', word),
    value: { active: true, enabled },
  })),
  {
    name: 'with a drop-in of its own, beside one for all units of its type',
    output: `${unit('loaded', 'active', 'enabled')}DropInPaths=/run/systemd/system/service.d/z.conf /etc/systemd/system/nginx.service.d/limits.conf\n`,
    value: { active: true, enabled: true, dropIns: ['/etc/systemd/system/nginx.service.d/limits.conf'] },
  },
  {
    name: 'masked for this boot',
    output: unit('loaded', 'active', 'masked-runtime'),
    value: { active: true, enabled: false, masked: true },
  },
  ...['bad', 'toString', 'strange'].map(word => ({
    name: `UnitFileState ${word}`,
    output: unit('loaded', 'active', word),
    error: new RegExp(`^Error: UnitFileState is "${word}", which haq does not know$`),
  })),
  ...['error', 'bad-setting', 'stub', 'merged', 'strange'].map(word => ({
    name: `LoadState ${word}`,
    output: unit(word, 'inactive', ''),
    error: new RegExp(`^Error: systemd can't load it: LoadState is ${word}$`),
  })),
  {
    name: 'an ActiveState that nobody knows',
    output: unit('loaded', 'strange', 'enabled'),
    error: /^Error: ActiveState is "strange", which haq does not know$/,
  },
  {
    name: 'in maintenance',
    output: unit('loaded', 'maintenance', 'enabled'),
    value: { active: 'changing', enabled: true },
  },
  { name: 'refreshing', output: unit('loaded', 'refreshing', 'enabled'), value: { active: true, enabled: true } },
  {
    name: 'properties in another order',
    output: 'UnitFileState=enabled\nActiveState=active\nLoadState=loaded\n',
    value: { active: true, enabled: true },
  },
  { name: 'nothing', output: '', error: /^Error: systemctl printed ""$/ },
])

test.run()
