import { deepStrictEqual, ok, strictEqual } from 'node:assert'
import { suite } from 'uvu'
import { packageState } from '../../modules/packages/state.ts'
import { systemdUnit, unitIsStale } from '../../src/facts/systemd-unit.ts'
import { LAB_PASSWORD, LAB_USER } from '../../src/lab/index.ts'
import { readAsAlone } from '../read-together.ts'
import { changesOf, Site, whyNoLab, type RunOutput } from './site.ts'

const playbook = 'test/lab/playbooks/basics.ts'

const reason = await whyNoLab()
if (reason) process.stdout.write(`skipped: the basic modules in the lab: ${reason}\n`)

for (const release of ['bookworm', 'trixie'] as const) {
  const basics = suite(`lab: basic modules on ${release}`)
  const test = reason ? basics.skip : basics
  let site: Site

  const run = async (...words: readonly string[]): Promise<RunOutput> => {
    const output = await site.run(playbook, ...words)
    ok(!output.all.includes('CANARYfile'), 'no output shows a secret')
    return output
  }
  const changed = (output: RunOutput): readonly string[] =>
    output.tasks.filter(task => task.host === 'initiator' && task.status === 'changed').map(task => task.task)
  const lines = async (file: string): Promise<number> =>
    Number(await site.on('initiator', `cat /srv/haq-test/${file} | wc -l`))

  if (!reason)
    basics.before(async () => {
      // The playbook does not use them, but the reference inventory has them.
      site = await Site.up({ suite: release, env: { HAQ_ERLANG_COOKIE: 'unused' } })
    })
  basics.after(async () => {
    if (!reason) await site.down()
  })

  test('a run makes the changes that --check showed', async () => {
    const announced = await run('--check')
    strictEqual(announced.exitCode, 0, announced.all)
    const output = await run('--limit', 'initiator')
    strictEqual(output.exitCode, 0, output.all)
    const shown = changesOf(announced)
    deepStrictEqual(
      changesOf(output).filter(change => !shown.includes(change)),
      [],
    )
    const stat = await site.on('initiator', `stat -c '%n %a %U %G' /srv/haq-test/deep /srv/haq-test/deep/*`)
    deepStrictEqual(stat.split('\n'), [
      '/srv/haq-test/deep 750 root root',
      '/srv/haq-test/deep/conf 640 root adm',
      '/srv/haq-test/deep/secret 400 root root',
      '/srv/haq-test/deep/watched 644 root root',
    ])
    strictEqual(await site.on('initiator', 'cat /srv/haq-test/deep/secret'), 'CANARYfile')
    strictEqual(
      await site.on('initiator', 'systemctl is-enabled haq-test; systemctl is-active haq-test'),
      'enabled\nactive',
    )
  })

  test('the second run changes nothing, except for tasks that always run', async () => {
    const output = await run('--limit', 'initiator')
    deepStrictEqual(changed(output), ['command systemctl daemon-reload'])
    strictEqual(await lines('once'), 1)
  })

  test('an ordinary user becomes root with the password that -K reads, and no output shows it', async () => {
    const asUser = ['--limit', 'initiator', '--check', '-u', LAB_USER, '-b']
    const right = await site.runWithInput(`${LAB_PASSWORD}\n`, playbook, ...asUser, '-K')
    strictEqual(right.exitCode, 0, right.all)
    const wrong = await site.runWithInput('CANARYsudo\n', playbook, ...asUser, '-K')
    strictEqual(wrong.exitCode, 4, wrong.all)
    ok(wrong.all.includes('sudo does not take that password') && !wrong.all.includes('CANARYsudo'), wrong.all)
    const none = await run(...asUser)
    ok(none.exitCode === 4 && none.all.includes('give it with -K'), none.all)
  })

  test('handlers run once, after the tasks, and only for a change', async () => {
    const [starts, reloads] = [await lines('starts'), await lines('reloads')]
    const output = await run('--limit', 'initiator', '-e', 'setting=two', '--tags', 'watched')
    strictEqual(output.exitCode, 0, output.all)
    deepStrictEqual(changed(output), [
      'file /srv/haq-test/deep/watched',
      'service haq-test restarted',
      'service haq-test reloaded',
    ])
    deepStrictEqual([await lines('starts'), await lines('reloads')], [starts + 1, reloads + 1])
    strictEqual(await site.on('initiator', 'ls -A /var/lib/haq/owed 2>/dev/null | wc -l'), '0')
  })

  test('the next run runs a handler that a killed run left pending', async () => {
    const starts = await lines('starts')
    await site.on('initiator', 'mkdir -p /var/lib/haq/owed && : >/var/lib/haq/owed/service-haq-test-restarted')
    const output = await run('--limit', 'initiator', '-e', 'setting=two', '--tags', 'watched')
    deepStrictEqual(changed(output), ['service haq-test restarted'])
    strictEqual(await lines('starts'), starts + 1)
  })

  test('with a full disk the old file stays, no temporary file stays, and there is an error message', async () => {
    await site.on(
      'initiator',
      'mkdir /run/before && cp -a /srv/haq-test/deep/. /run/before && mount -t tmpfs -o size=64k none /srv/haq-test/deep && cp -a /run/before/. /srv/haq-test/deep && { cat /dev/zero >/srv/haq-test/deep/filler; true; } 2>/dev/null',
    )
    const output = await run('--limit', 'initiator', '-e', 'setting=three', '--tags', 'watched')
    strictEqual(output.exitCode, 2, output.all)
    ok(output.all.includes('the file system of /srv/haq-test/deep/watched is full: 0 bytes are free'), output.all)
    strictEqual(
      await site.on('initiator', 'cat /srv/haq-test/deep/watched; ls -A /srv/haq-test/deep | grep -c haq || true'),
      'two0',
    )
    await site.on('initiator', 'umount /srv/haq-test/deep; rm -r /run/before')
  })

  test('units and packages that are read together have the same facts as when read alone', async () => {
    const units = ['haq-test', 'ssh', 'systemd-journald', 'no-such'].map(name => `${name}.service`)
    const facts = units.flatMap(unit => [systemdUnit(unit), unitIsStale(unit)])
    const packages = ['dpkg', 'openssh-server', 'awk', 'no-such'].map(packageState)
    await site.withShell('initiator', async shell => {
      await readAsAlone(shell, facts)
      await readAsAlone(shell, packages)
      await readAsAlone(shell, packages.slice(0, 2))
    })
  })

  test('state absent removes everything, and a second run changes nothing', async () => {
    const output = await run('--limit', 'initiator', '-e', 'state=absent')
    strictEqual(output.exitCode, 0, output.all)
    deepStrictEqual(changed(await run('--limit', 'initiator', '-e', 'state=absent')), [])
    strictEqual(
      await site.on('initiator', 'ls -d /srv/haq-test /etc/systemd/system/haq-test.service 2>/dev/null | wc -l'),
      '0',
    )
  })

  basics.run()
}
