import { deepStrictEqual, match, strictEqual } from 'node:assert'
import { suite, test } from 'uvu'
import { packages } from 'haq/modules'
import { missing, packageRoot, type PackageRoot } from './packages-root.ts'

/** `build NAME VERSION FIELDS POSTINST` builds a .deb with a configuration file. */
const build = `
build() {
  deb=/srv/build; mkdir -p $deb/DEBIAN
  printf 'Package: %s\\nVersion: %s\\nArchitecture: all\\nMaintainer: haq <haq@localhost>\\nDescription: test\\n' "$1" "$2" >$deb/DEBIAN/control
  if [ -n "$3" ]; then echo "$3" >>$deb/DEBIAN/control; fi
  if [ -n "$4" ]; then printf '#!/bin/sh\\n%s\\n' "$4" >$deb/DEBIAN/postinst; chmod 755 $deb/DEBIAN/postinst; fi
  mkdir -p $deb/etc; echo "$2" >$deb/etc/$1.conf; echo "/etc/$1.conf" >$deb/DEBIAN/conffiles
  dpkg-deb -b $deb "/srv/debs/$1_$2_all.deb" >/dev/null
  rm -r $deb
}
publish() { (cd /srv/debs && dpkg-scanpackages -m . 2>/dev/null >Packages); }
`

const bare = `${build}
rm /etc/os-release; printf 'ID=debian\\nVERSION_ID="12"\\n' >/etc/os-release
rm -rf /var/lib/dpkg /var/lib/apt /etc/apt/sources.list* /etc/apt/apt.conf.d /etc/apt/preferences.d
mkdir -p /var/lib/dpkg/info /var/lib/dpkg/updates /var/lib/dpkg/triggers /var/lib/apt/lists /srv/debs
: >/var/lib/dpkg/status
build haq-a 1.0; build haq-b 1.0 'Depends: haq-a'; build haq-bad 1.0 'Depends: haq-nowhere'
build haq-mail 1.0 'Provides: haq-mta (= 1), haq-x'; build haq-rival 1.0 'Conflicts: haq-a'
build haq-fails 1.0 '' 'echo no luck >&2; exit 3'
build haq-killed 1.0 '' 'if [ ! -e /srv/second-try ]; then kill -KILL $PPID; fi'
build haq-slow 1.0 '' 'mkfifo /srv/go; read -r line </srv/go; rm /srv/go'
publish
echo 'deb [trusted=yes] file:/srv/debs ./' >/etc/apt/sources.list`

const why = missing(['apt-get', 'dpkg-deb', 'dpkg-scanpackages'])
if (why !== undefined) {
  process.stdout.write(`skipped: packages by apt on a real root: ${why}\n`)
  test.skip('packages by apt on a real root', () => {})
  test.run()
} else real()

function real(): void {
  const apt = suite('packages by apt')
  let root: PackageRoot
  apt.before(async () => {
    root = await packageRoot(bare)
  })
  apt.after(async () => {
    await root.close()
  })

  const shown = (changes: readonly { from: string; to: string }[]) => changes.map(({ from, to }) => `${from} → ${to}`)
  const dpkg = (names: string) =>
    root.sh(`dpkg-query -W -f '\${Package} \${db:Status-Status} \${Version};' ${names} || :`)

  apt('check shows what a run does, once, and reading leaves no trace', async () => {
    const task = packages({ names: ['haq-a', 'haq-mail'] })
    const before = await root.tree()
    const check = await root.check(task)
    strictEqual(check.failure, undefined)
    strictEqual(await root.tree(), before)
    const run = await root.run(task)
    strictEqual(run.failure, undefined)
    deepStrictEqual(run.changes, check.changes)
    deepStrictEqual(shown(run.changes), ['haq-a absent, haq-mail absent → installed'])
    strictEqual(await dpkg('haq-a haq-mail'), 'haq-a installed 1.0;haq-mail installed 1.0;')
    strictEqual((await root.run(task)).status, 'ok')
  })

  apt('only what is missing is installed; a virtual package is provided', async () => {
    const { status, changes } = await root.run(packages({ names: ['haq-a', 'haq-b', 'haq-mta', 'haq-x'] }))
    strictEqual(status, 'changed')
    deepStrictEqual(shown(changes), ['haq-b absent → installed'])
  })

  apt('a package that the lists do not know yet is found', async () => {
    await root.sh(`${build} build haq-new 1.0; publish`)
    strictEqual((await root.run(packages({ names: ['haq-new'] }))).failure, undefined)
  })

  apt('lists that are at hand will do where they cannot be refreshed', async () => {
    await root.sh(`mkdir /etc/apt/sources.list.d
      echo 'deb [trusted=yes] http://127.0.0.1:9/ ./' >/etc/apt/sources.list.d/away.list
      rm /var/lib/apt/periodic/*
      dpkg -r haq-new`)
    strictEqual((await root.run(packages({ names: ['haq-new'] }))).failure, undefined)
    const unknown = await root.run(packages({ names: ['haq-nope'] }))
    match(unknown.failure?.message ?? '', /can't be refreshed \(.*127\.0\.0\.1.*Unable to locate package haq-nope$/)
    const latest = await root.run(packages({ names: ['haq-a'], state: 'latest' }))
    match(latest.failure?.message ?? '', /^packages: the package lists can't be refreshed: .*127\.0\.0\.1/)
    await root.sh('rm /etc/apt/sources.list.d/away.list')
  })

  apt('latest refreshes old lists, names versions, and keeps the configuration of the operator', async () => {
    await root.sh(`${build} build haq-a 2.0; build haq-mail 2.0; publish; echo mine >/etc/haq-a.conf`)
    const task = packages({ names: ['haq-a', 'haq-b'], state: 'latest' })
    const old = await root.check(task)
    deepStrictEqual(shown(old.changes), ['haq-a 1.0, haq-b 1.0, by package lists older than 24 h → latest'])
    await root.sh('apt-get -q update; mkdir -p /var/lib/apt/periodic; touch /var/lib/apt/periodic/update-success-stamp')
    const before = await root.tree()
    const check = await root.check(task)
    strictEqual(await root.tree(), before)
    deepStrictEqual(shown(check.changes), ['haq-a 1.0 → haq-a 2.0'])
    const run = await root.run(task)
    strictEqual(run.failure, undefined)
    deepStrictEqual(run.changes, check.changes)
    strictEqual(await root.sh('cat /etc/haq-a.conf'), 'mine')
    strictEqual((await root.run(task)).status, 'ok')
    await root.sh('rm /var/lib/apt/periodic/*')
    strictEqual((await root.run(packages({ names: ['haq-mail'], state: 'latest' }))).failure, undefined)
    strictEqual(await dpkg('haq-mail'), 'haq-mail installed 2.0;')
  })

  apt('a version that is named comes, an older one too', async () => {
    const task = packages({ names: ['haq-a=1.0'] })
    const { failure, changes } = await root.run(task)
    strictEqual(failure, undefined)
    deepStrictEqual(shown(changes), ['haq-a 2.0 → haq-a 1.0'])
    strictEqual((await root.run(task)).status, 'ok')
  })

  for (const { names, said } of [
    {
      names: ['haq-nope', 'haq-nope2'],
      said: /: Unable to locate package haq-nope; Unable to locate package haq-nope2$/,
    },
    { names: ['haq-a=7'], said: /: Version '7' for 'haq-a' was not found$/ },
    {
      names: ['haq-bad'],
      said: /haq-bad : Depends: haq-nowhere but it is not installable; Unable to correct problems/,
    },
    { names: ['haq-rival'], said: /haq-a.* would be removed; Packages need to be removed but remove is disabled/ },
    { names: ['haq-fails'], said: /error processing package haq-fails \(--configure\): .*exit status 3; Sub-process/ },
    { names: ['haq.a'], said: /Unable to locate package haq\.a/ },
  ])
    apt(`apt's own reason is told for ${names.join(', ')}`, async () => {
      const { status, failure } = await root.run(packages({ names }))
      strictEqual(status, 'failed')
      match(failure?.message ?? '', said)
    })

  apt('an install that was killed half-way is finished by the next run, and check says so', async () => {
    await root.run(packages({ names: ['haq-fails'], state: 'absent', purge: true }))
    const task = packages({ names: ['haq-killed'] })
    strictEqual((await root.run(task)).status, 'failed')
    deepStrictEqual(shown((await root.check(task)).changes), ['haq-killed half installed → installed'])
    deepStrictEqual(shown((await root.check(packages({ names: ['haq-slow'] }))).changes), [
      'haq-slow absent, and left half-way by an interrupted dpkg: haq-killed → installed',
    ])
    await root.sh('touch /srv/second-try')
    const again = await root.run(task)
    strictEqual(again.failure, undefined)
    strictEqual((await root.run(task)).status, 'ok')
  })

  apt('a held lock is waited for; past its time its holder is named', async () => {
    const other = root.start('apt-get -q -y install haq-slow')
    await root.until('[ -p /srv/go ]')
    const impatient = await root.run(packages({ names: ['haq-rival'], lockTimeout: 0 }))
    match(impatient.failure?.message ?? '', /lock-frontend\. It is held by process \d+ \(apt-get\)/)
    const patient = root.run(packages({ names: ['haq-new'], state: 'absent' }))
    try {
      await root.until('grep -qs lock /tmp/haq.*')
    } finally {
      await root.sh('echo go >/srv/go')
    }
    const { status, failure } = await patient
    strictEqual(failure, undefined)
    strictEqual(status, 'changed')
    await other
  })

  apt('what others need is not taken from them; absent leaves the configuration, purge does not', async () => {
    const refused = await root.run(packages({ names: ['haq-a'], state: 'absent' }))
    match(refused.failure?.message ?? '', /^other packages depend on haq-a and would be removed too: haq-b$/)
    const names = ['haq-a', 'haq-b']
    const before = await root.tree()
    const check = await root.check(packages({ names, state: 'absent' }))
    strictEqual(await root.tree(), before)
    const run = await root.run(packages({ names, state: 'absent' }))
    strictEqual(run.failure, undefined)
    deepStrictEqual(run.changes, check.changes)
    strictEqual(await dpkg('haq-a'), 'haq-a config-files 1.0;')
    strictEqual((await root.run(packages({ names, state: 'absent' }))).status, 'ok')
    const purge = packages({ names, state: 'absent', purge: true })
    strictEqual((await root.run(purge)).failure, undefined)
    strictEqual(await root.sh('ls /etc/haq-a.conf 2>/dev/null || echo gone'), 'gone')
    strictEqual((await root.run(purge)).status, 'ok')
  })

  const fresh = 'apt-get -q update; mkdir -p /var/lib/apt/periodic; touch /var/lib/apt/periodic/update-success-stamp'

  apt('lists with a stamp of a time to come are refreshed', async () => {
    // Such a repository is copied, as one on another machine is.
    await root.sh(`sed -i s/file:/copy:/ /etc/apt/sources.list; ${fresh}; apt-get -q -y install haq-b
      ${build} build haq-a 3.0; publish
      touch -d '+30 days' /var/lib/apt/periodic/update-success-stamp`)
    const task = packages({ names: ['haq-a'], state: 'latest' })
    match(shown((await root.check(task)).changes).join(), /older than 24 h/)
    strictEqual((await root.run(task)).failure, undefined)
    strictEqual(await dpkg('haq-a'), 'haq-a installed 3.0;')
    strictEqual((await root.run(task)).status, 'ok')
  })

  apt('what is on hold is left as it is, and check says so as the run does', async () => {
    await root.sh(`${build} build haq-a 4.0; build haq-c 1.0 'Depends: haq-d'; build haq-d 1.0 'Depends: haq-a (>= 4.0)'
      publish; ${fresh}; apt-mark hold haq-a`)
    const before = await dpkg('haq-a haq-b')
    for (const { task, said } of [
      { task: packages({ names: ['haq-a'], state: 'latest' }), said: 'haq-a is on hold' },
      { task: packages({ names: ['haq-a=4.0'] }), said: 'haq-a is on hold' },
      { task: packages({ names: ['haq-a', 'haq-b'], state: 'absent' }), said: 'haq-a is on hold' },
      {
        task: packages({ names: ['haq-c'] }),
        said: "haq-c can't be installed without a change of haq-a, which is on hold",
      },
    ]) {
      const tree = await root.tree()
      const check = await root.check(task)
      strictEqual(await root.tree(), tree)
      const run = await root.run(task)
      deepStrictEqual([check.status, run.status], ['failed', 'failed'])
      match(check.failure?.message ?? '', new RegExp(`${said}$`))
      deepStrictEqual(run.failure, check.failure)
    }
    strictEqual(await dpkg('haq-a haq-b'), before)
    strictEqual((await root.run(packages({ names: ['haq-a'] }))).status, 'ok')
    await root.sh('rm /var/lib/apt/periodic/*')
    const old = packages({ names: ['haq-a'], state: 'latest' })
    match((await root.check(old)).failure?.message ?? '', /haq-a is on hold$/)
    await root.sh('apt-mark unhold haq-a')
    strictEqual((await root.run(packages({ names: ['haq-c'] }))).failure, undefined)
    strictEqual(await dpkg('haq-a haq-c'), 'haq-a installed 4.0;haq-c installed 1.0;')
  })

  apt('a version on hold that only the refreshed lists know is told by the run, once', async () => {
    await root.sh(`apt-mark hold haq-a; ${build} build haq-a 5.0; publish; rm /var/lib/apt/periodic/*`)
    const { failure } = await root.run(packages({ names: ['haq-a'], state: 'latest' }))
    match(failure?.message ?? '', /^packages: on hold: haq-a$/)
    await root.sh('apt-mark unhold haq-a')
  })

  apt('a list that cannot be read fails the task', async () => {
    await root.sh('cp /etc/apt/sources.list /srv/sources.list; echo nonsense >>/etc/apt/sources.list')
    const { status, failure } = await root.check(packages({ names: ['haq-a'], state: 'latest' }))
    deepStrictEqual([status, /Malformed/.test(failure?.message ?? '')], ['failed', true], failure?.message)
    await root.sh(
      'cp /srv/sources.list /etc/apt/sources.list; cp /var/lib/dpkg/status /srv/status; echo nonsense >/var/lib/dpkg/status',
    )
    for (const state of ['present', 'absent'] as const) {
      const broken = await root.check(packages({ names: ['haq-a'], state }))
      deepStrictEqual([broken.status, /parsing file/.test(broken.failure?.message ?? '')], ['failed', true])
    }
    await root.sh('cp /srv/status /var/lib/dpkg/status')
  })

  apt('nothing stays behind in the folder for temporary files', async () => {
    strictEqual(await root.sh('ls -A /tmp'), '')
  })

  apt.run()
}
