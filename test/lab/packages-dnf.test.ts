import { deepStrictEqual, match, strictEqual } from 'node:assert'
import { suite, test } from 'uvu'
import { packages } from 'haq/modules'
import { missing, packageRoot, type PackageRoot } from './packages-root.ts'

const build = `
build() {
  printf 'Name: %s\\nVersion: %s\\nRelease: 1\\nSummary: test\\nLicense: MIT\\nBuildArch: noarch\\n%s\\n%%description\\ntest\\n%%files\\n' \
    "$1" "$2" "$3" >/srv/package.spec
  rpmbuild -bb --define '_topdir /srv/build' --define '_rpmdir /srv/rpms' /srv/package.spec >/dev/null 2>&1
}
publish() { createrepo_c -q /srv/rpms; }
`

// Debian's rpm has its database in root's home.
const bare = `${build}
rm /etc/os-release; printf 'ID="rocky"\\nID_LIKE="rhel centos fedora"\\nVERSION_ID="9.4"\\n' >/etc/os-release
rm -rf /var/lib/rpm /root/.rpmdb /var/cache/dnf /var/lib/dnf /etc/yum.repos.d
mkdir -p /srv/rpms /etc/yum.repos.d
build haq-a 1.0; build haq-b 1.0 'Requires: haq-a'; build haq-bad 1.0 'Requires: haq-nowhere'
build haq-mail 1.0 'Provides: haq-mta'; build haq-rival 1.0 'Conflicts: haq-a'
publish
printf '[haq]\\nname=haq\\nbaseurl=file:///srv/rpms\\ngpgcheck=0\\n' >/etc/yum.repos.d/haq.repo`

const why = missing(['dnf', 'rpm', 'rpmbuild', 'createrepo_c'])
if (why !== undefined) {
  process.stdout.write(`skipped: packages by dnf on a real root: ${why}\n`)
  test.skip('packages by dnf on a real root', () => {})
  test.run()
} else real()

function real(): void {
  const dnf = suite('packages by dnf')
  let root: PackageRoot
  dnf.before(async () => {
    root = await packageRoot(bare)
  })
  dnf.after(async () => {
    await root.close()
  })

  const shown = (changes: readonly { from: string; to: string }[]) => changes.map(({ from, to }) => `${from} → ${to}`)
  const rpm = (names: string) => root.sh(`rpm -q ${names} || :`)

  dnf('check shows what a run does, once, and reading leaves no trace', async () => {
    const task = packages({ names: ['haq-a', 'haq-mail'] })
    await root.sh('rpm -qa')
    const before = await root.tree()
    const check = await root.check(task)
    strictEqual(check.failure, undefined)
    strictEqual(await root.tree(), before)
    const run = await root.run(task)
    strictEqual(run.failure, undefined)
    deepStrictEqual(run.changes, check.changes)
    deepStrictEqual(shown(run.changes), ['haq-a absent, haq-mail absent → installed'])
    strictEqual(await rpm('haq-a haq-mail'), 'haq-a-1.0-1.noarch\nhaq-mail-1.0-1.noarch')
    strictEqual((await root.run(task)).status, 'ok')
  })

  dnf('only what is missing is installed; a virtual package is provided', async () => {
    const { status, changes } = await root.run(packages({ names: ['haq-a:noarch', 'haq-b', 'haq-mta'] }))
    strictEqual(status, 'changed')
    deepStrictEqual(shown(changes), ['haq-b absent → installed'])
  })

  dnf('a package that the metadata does not know yet is found', async () => {
    await root.sh(`${build} build haq-new 1.0; publish`)
    strictEqual((await root.run(packages({ names: ['haq-new'] }))).failure, undefined)
  })

  dnf('latest refreshes old metadata and names versions', async () => {
    await root.sh(
      `${build} build haq-a 2.0 'Epoch: 1'; build haq-mail 2.0 'Provides: haq-mta'; publish; rm -f /var/cache/dnf/last_makecache`,
    )
    const mail = packages({ names: ['haq-mail', 'haq-mta'], state: 'latest' })
    deepStrictEqual(shown((await root.check(mail)).changes), [
      'haq-mail 1.0-1, by package lists older than 24 h → latest',
    ])
    strictEqual((await root.run(mail)).failure, undefined)
    strictEqual(await rpm('haq-mail'), 'haq-mail-2.0-1.noarch')
    strictEqual((await root.run(mail)).status, 'ok')
    const task = packages({ names: ['haq-a', 'haq-b'], state: 'latest' })
    const before = await root.tree()
    const check = await root.check(task)
    strictEqual(await root.tree(), before)
    deepStrictEqual(shown(check.changes), ['haq-a 1.0-1 → haq-a 1:2.0-1'])
    const run = await root.run(task)
    strictEqual(run.failure, undefined)
    deepStrictEqual(run.changes, check.changes)
    strictEqual((await root.run(task)).status, 'ok')
  })

  dnf('a version that is named comes, an older one too', async () => {
    const task = packages({ names: ['haq-a=1.0'] })
    const { failure, changes } = await root.run(task)
    strictEqual(failure, undefined)
    deepStrictEqual(shown(changes), ['haq-a 1:2.0-1 → haq-a 1.0'])
    strictEqual((await root.run(task)).status, 'ok')
  })

  for (const { names, said } of [
    { names: ['haq-nope', 'haq-nope2'], said: /Unable to find a match: haq-nope haq-nope2$/ },
    { names: ['haq-bad'], said: /nothing provides haq-nowhere needed by haq-bad/ },
    { names: ['haq-rival'], said: /haq-rival.* conflicts with haq-a/ },
  ])
    dnf(`dnf's own reason is told for ${names.join(', ')}`, async () => {
      const { status, failure } = await root.run(packages({ names }))
      strictEqual(status, 'failed')
      match(failure?.message ?? '', said)
    })

  dnf('a held lock is waited for; past its time its holder is named', async () => {
    const task = packages({ names: ['haq-new'], state: 'absent', lockTimeout: 0 })
    void root.start('echo $$ >/var/lib/dnf/rpmdb_lock.pid; exec sleep infinity')
    await root.until('[ -s /var/lib/dnf/rpmdb_lock.pid ]')
    const impatient = await root.run(task)
    match(impatient.failure?.message ?? '', /rpmdb_lock\.pid is held by process \d+ \(\w+\)/)
    const patient = root.run(packages({ names: ['haq-new'], state: 'absent' }))
    await root.until("grep -qs 'is held by' /tmp/haq.*")
    await root.sh('kill -KILL "$(cat /var/lib/dnf/rpmdb_lock.pid)"')
    const { failure, status } = await patient
    strictEqual(failure, undefined)
    strictEqual(status, 'changed')
  })

  dnf('what others need is not taken from them, and what came with them stays', async () => {
    const refused = await root.run(packages({ names: ['haq-a'], state: 'absent' }))
    match(
      refused.failure?.message ?? '',
      /^other packages depend on haq-a and would be removed too: haq-b-1\.0-1\.noarch$/,
    )
    const task = packages({ names: ['haq-b'], state: 'absent' })
    const before = await root.tree()
    const check = await root.check(task)
    strictEqual(await root.tree(), before)
    const run = await root.run(task)
    strictEqual(run.failure, undefined)
    deepStrictEqual(run.changes, check.changes)
    strictEqual(await rpm('haq-a haq-b'), 'haq-a-1.0-1.noarch\npackage haq-b is not installed')
    strictEqual((await root.run(task)).status, 'ok')
  })

  dnf('repositories that cannot be reached are named', async () => {
    await root.sh(
      `printf '[away]\\nname=away\\nbaseurl=http://127.0.0.1:9/\\ngpgcheck=0\\nskip_if_unavailable=0\\n' >/etc/yum.repos.d/away.repo`,
    )
    const { failure } = await root.run(packages({ names: ['haq-b'] }))
    match(failure?.message ?? '', /Failed to download metadata for repo 'away'/)
  })

  dnf('a version that is locked stays, and check says so as the run does', async () => {
    await root.sh(`mkdir -p /etc/dnf/plugins
      printf '[main]\\nenabled = 1\\nlocklist = /etc/dnf/plugins/versionlock.list\\n' >/etc/dnf/plugins/versionlock.conf
      rpm -q --qf '# Added\\n%{NAME}-0:%{VERSION}-%{RELEASE}.*\\n' haq-mail >/etc/dnf/plugins/versionlock.list`)
    const task = packages({ names: ['haq-mail=9.0'] })
    const [check, run] = [await root.check(task), await root.run(task)]
    deepStrictEqual([check.failure?.message, run.failure?.message], ['haq-mail is on hold', 'haq-mail is on hold'])
    strictEqual((await root.run(packages({ names: ['haq-mail'] }))).status, 'ok')
    await root.sh('rm -r /etc/dnf/plugins')
  })

  dnf('nothing stays behind in the folder for temporary files', async () => {
    strictEqual(await root.sh('ls -A /tmp'), '')
  })

  dnf.run()
}
