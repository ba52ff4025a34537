import { deepStrictEqual, match, strictEqual } from 'node:assert'
import { suite } from 'uvu'
import { Site, whyNoLab } from './site.ts'

const playbook = 'test/lab/playbooks/odd.ts'

/** An unusual state of a host, and the result that haq must reach. */
interface Case {
  readonly tag: string
  readonly name: string
  readonly prepare: string
  /** The error in check mode and in the run; not set when both succeed. */
  readonly refused?: RegExp
  /** The output of the host afterwards. */
  readonly look?: readonly [script: string, printed: string]
}

const initScript = `#!/bin/sh
### BEGIN INIT INFO
# Provides: vendoragent
# Required-Start: $remote_fs
# Required-Stop: $remote_fs
# Default-Start: 2 3 4 5
# Default-Stop: 0 1 6
# Short-Description: an agent
### END INIT INFO
case $1 in start) (sleep 100000 & echo $! >/run/vendoragent.pid) ;; stop) kill $(cat /run/vendoragent.pid) 2>/dev/null ;; esac
exit 0
`
const unit = (name: string, ...lines: readonly string[]): string =>
  `printf '%s\\n' '[Service]' ${lines.map(line => `'${line}'`).join(' ')} '[Install]' WantedBy=multi-user.target >/etc/systemd/system/${name}; systemctl daemon-reload`

/** A repository with two versions of hunt-demo, and hunt-needs, which needs the newer one. */
const repository = `mkdir -p /srv/hunt; cd /srv/hunt
publish() { # NAME VERSION DEPENDS
  mkdir -p b/DEBIAN; printf 'Package: %s\\nVersion: %s\\nArchitecture: all\\nMaintainer: nobody <nobody@example.org>\\nDescription: a demo\\n' $1 $2 >b/DEBIAN/control
  if [ -n "$3" ]; then echo "Depends: $3" >>b/DEBIAN/control; fi
  f=$1_$2_all.deb; dpkg-deb -b b $f >/dev/null; cat b/DEBIAN/control; printf 'Filename: ./%s\\nSize: %s\\nSHA256: %s\\n\\n' $f $(stat -c %s $f) $(sha256sum <$f | cut -d' ' -f1); rm -r b
}
publish hunt-demo 1.0 >Packages; mv /etc/apt/sources.list /srv/ 2>/dev/null; mkdir /srv/lists; mv /etc/apt/sources.list.d/* /srv/lists 2>/dev/null
echo 'deb [trusted=yes] copy:/srv/hunt ./' >/etc/apt/sources.list.d/hunt.list
apt-get -qq update; apt-get -qq -y install hunt-demo >/dev/null
publish hunt-demo 2.0 >>Packages; publish hunt-needs 1.0 'hunt-demo (>= 2.0)' >>Packages
apt-get -qq update; apt-mark hold hunt-demo`
const version = "dpkg-query -W -f '${Version}' hunt-demo"

const cases: readonly Case[] = [
  {
    tag: 'hosts',
    name: 'a hosts file of 60,000 lines keeps all of them, and its owner without a name',
    prepare: `awk 'BEGIN { for (i = 0; i < 60000; i++) printf "0.0.0.0 ads%d.example.net\\n", i }' >>/etc/hosts; chown 4711:4712 /etc/hosts; wc -l </etc/hosts >/root/lines`,
    look: [
      'echo $(($(wc -l </etc/hosts) - $(cat /root/lines))) $(stat -c %u:%g /etc/hosts) $(tail -n 1 /etc/hosts)',
      '1 4711:4712 10.8.1.21 rabbit-a',
    ],
  },
  {
    tag: 'hosts',
    name: 'a hosts file that cloud-init makes anew at boot',
    prepare: `mkdir -p /etc/cloud/cloud.cfg.d /etc/cloud/templates; echo 'manage_etc_hosts: false' >/etc/cloud/cloud.cfg; echo 'manage_etc_hosts: "true"' >/etc/cloud/cloud.cfg.d/90.cfg; echo '127.0.0.1 localhost' >/etc/cloud/templates/hosts.debian.tmpl`,
    refused:
      /^cloud-init makes \/etc\/hosts anew at boot \(\/etc\/cloud\/cloud\.cfg\.d\/90\.cfg\), and the names would be gone$/,
  },
  {
    tag: 'hosts',
    name: 'the same with the names in the template, too',
    prepare: `echo '10.8.1.21 rabbit-a' >>/etc/cloud/templates/hosts.debian.tmpl`,
    look: ['tail -n 1 /etc/hosts', '10.8.1.21 rabbit-a'],
  },
  {
    tag: 'directory',
    name: 'an owner by a number that has no name',
    prepare: 'mkdir -p /srv/app',
    look: ['stat -c %u:%g /srv/app/data', '1234:1234'],
  },
  {
    tag: 'file',
    name: 'an owner by a number that has a name',
    prepare: 'useradd -u 1500 -M deploy',
    look: ['stat -c %U /srv/app/env', 'deploy'],
  },
  {
    tag: 'immutable',
    name: 'an immutable file',
    prepare: 'echo old >/srv/app/immutable; chattr +i /srv/app/immutable',
    refused: /^\/srv\/app\/immutable is immutable \(chattr \+i\)$/,
  },
  {
    tag: 'readonly',
    name: 'a read-only file system',
    prepare: 'mkdir /srv/ro; mount -t tmpfs -o ro none /srv/ro',
    refused: /^\/srv\/ro can't be written, not even by root: it is on a read-only file system$/,
  },
  {
    tag: 'full',
    name: 'a full file system',
    prepare: 'mkdir /srv/full; mount -t tmpfs -o size=64k none /srv/full; head -c 65536 /dev/zero >/srv/full/zero',
    refused: /^the file system of \/srv\/full\/x is full: 0 bytes are free/,
  },
  {
    tag: 'inodes',
    name: 'a file system without a free inode',
    prepare: 'mkdir /srv/inodes; mount -t tmpfs -o size=1m,nr_inodes=1 none /srv/inodes',
    refused: /^the file system of \/srv\/inodes\/x is full: 0 bytes are free/,
  },
  { tag: 'nofolder', name: 'a folder that is not there', prepare: ':', refused: /^there is no folder \/srv\/nowhere$/ },
  {
    tag: 'acl',
    name: 'an ACL and an extended attribute of a file that is written anew',
    prepare: `echo old >/srv/app/acl; chmod 640 /srv/app/acl; perl -e 'require "syscall.ph"; my $path = "/srv/app/acl"; my $acl = pack("L", 2) . join "", map { pack("SSL", @$_) } [1, 6, 0xffffffff], [2, 4, 1], [4, 4, 0xffffffff], [16, 4, 0xffffffff], [32, 0, 0xffffffff]; for (["system.posix_acl_access", $acl], ["user.origin", "vendor"]) { my ($name, $value) = @$_; syscall(&SYS_setxattr, $path, $name, $value, length $value, 0) == 0 or die "$name: $!" }'; ls -l /srv/app/acl | grep -q '^-rw-r-----+'`,
    look: [
      `ls -l /srv/app/acl | cut -c1-11; perl -e 'require "syscall.ph"; my ($path, $name, $value) = ("/srv/app/acl", "user.origin", "x" x 9); my $length = syscall(&SYS_getxattr, $path, $name, $value, 9); print substr($value, 0, $length), "\n"'; cat /srv/app/acl`,
      '-rw-r-----+\nvendor\na',
    ],
  },
  {
    tag: 'busy',
    name: 'a file that is a mount of its own, as in a container',
    prepare: 'echo old >/srv/app/busy; mount --bind /srv/app/busy /srv/app/busy',
    look: ['cat /srv/app/busy; findmnt -n -o TARGET /srv/app/busy', 'a\n/srv/app/busy'],
  },
  { tag: 'long', name: 'a file name of 250 bytes', prepare: ':', look: ['cat /srv/app/xxx*', 'a'] },
  {
    tag: 'loop',
    name: 'a link that goes round in a circle',
    prepare: 'ln -s loop /srv/app/other; ln -s other /srv/app/loop',
    refused: /\/srv\/app\/loop is a link that leads nowhere/,
  },
  {
    tag: 'sysv',
    name: 'a service that is an init script',
    prepare: `printf %s '${initScript}' >/etc/init.d/vendoragent; chmod 755 /etc/init.d/vendoragent; update-rc.d vendoragent defaults; systemctl daemon-reload`,
    look: ['systemctl is-active vendoragent', 'active'],
  },
  {
    tag: 'masked',
    name: 'a masked service',
    prepare: `mkdir -p /usr/lib/systemd/system; printf '[Service]\\nExecStart=/bin/sleep infinity\\n[Install]\\nWantedBy=multi-user.target\\n' >/usr/lib/systemd/system/baz.service; systemctl daemon-reload; systemctl -q mask baz`,
    refused: /baz is masked/,
  },
  {
    tag: 'oneshot',
    name: 'a oneshot that ends',
    prepare: unit('once.service', 'Type=oneshot', 'ExecStart=/bin/true'),
    refused: /once does not stay running: it is a oneshot/,
  },
  {
    tag: 'static',
    name: 'a unit without an [Install] section, to be enabled',
    prepare: `printf '[Service]\nExecStart=/bin/sleep infinity\n' >/etc/systemd/system/plain.service; systemctl daemon-reload`,
    refused: /plain can't be enabled: its unit file has no \[Install\] section/,
  },
  {
    tag: 'indirect',
    name: 'a unit that only enables another one, to be enabled',
    prepare: `printf '[Service]\nExecStart=/bin/sleep infinity\n[Install]\nAlso=other.socket\n' >/etc/systemd/system/behind.service; printf '[Socket]\nListenStream=/run/other\nService=behind.service\n[Install]\nWantedBy=sockets.target\n' >/etc/systemd/system/other.socket; systemctl daemon-reload`,
    refused: /behind can't be enabled: its unit file only enables other units/,
  },
  {
    tag: 'wanted',
    name: 'a static unit that another one wants, to be disabled',
    prepare: `printf '[Service]\nExecStart=/bin/sleep infinity\n' >/etc/systemd/system/pulled.service; mkdir -p /usr/lib/systemd/system/multi-user.target.wants; ln -sf ../pulled.service /usr/lib/systemd/system/multi-user.target.wants/; systemctl daemon-reload`,
    refused: /pulled can't be disabled: its unit file has no \[Install\] section, and other units start it/,
  },
  {
    tag: 'dropin',
    name: 'a drop-in that keeps the virtual IP from coming at boot',
    prepare: `printf '[Service]\\nExecStart=/bin/true\\n' >/etc/systemd/system/haq-vip-10.8.1.99.service; mkdir -p /etc/systemd/system/haq-vip-10.8.1.99.service.d; printf '[Unit]\nConditionPathExists=/nowhere\n' >/etc/systemd/system/haq-vip-10.8.1.99.service.d/no.conf; systemctl daemon-reload`,
    refused:
      /haq-vip-10\.8\.1\.99\.service is changed by \/etc\/systemd\/system\/haq-vip-10\.8\.1\.99\.service\.d\/no\.conf/,
  },
  {
    tag: 'instance',
    name: 'an instance of a template',
    prepare: unit('worker@.service', 'ExecStart=/bin/sleep infinity'),
    look: ['systemctl is-active worker@1; systemctl is-enabled worker@1', 'active\nenabled'],
  },
  {
    tag: 'sysctl',
    name: 'a file that sets a sysctl back at boot',
    prepare: `echo 'net.ipv4.conf.all.arp_ignore = 0' >/etc/sysctl.d/99-hardening.conf`,
    refused: /99-hardening\.conf:1 sets net\.ipv4\.conf\.all\.arp_ignore to 0 at boot/,
  },
  { tag: 'held', name: 'a package on hold that is there', prepare: repository, look: [version, '1.0'] },
  { tag: 'heldLatest', name: 'a package on hold, latest', prepare: ':', refused: /^hunt-demo is on hold$/ },
  { tag: 'heldVersion', name: 'a package on hold, another version', prepare: ':', refused: /^hunt-demo is on hold$/ },
  { tag: 'heldAbsent', name: 'a package on hold, absent', prepare: ':', refused: /^hunt-demo is on hold$/ },
  {
    tag: 'heldNeeded',
    name: 'a package that needs another version of one on hold',
    prepare: ':',
    refused: /^hunt-needs can't be installed without a change of hunt-demo, which is on hold$/,
  },
  {
    tag: 'stamp',
    name: 'lists that were refreshed in the future',
    prepare: `apt-mark unhold hunt-demo; cd /srv/hunt; cp Packages all; awk 'BEGIN { RS = ""; ORS = "\\n\\n" } /Version: 1.0/' all >Packages; apt-get -qq update; cp all Packages; mkdir -p /var/lib/apt/periodic; touch -d '+30 days' /var/lib/apt/periodic/update-success-stamp`,
    look: [version, '2.0'],
  },
  {
    tag: 'tmpdir',
    name: 'a folder for temporary files that is gone',
    prepare: 'echo TMPDIR=/scratch/tmp >>/etc/environment',
    look: ["dpkg-query -W -f '${Version}' hunt-needs", '1.0'],
  },
  {
    tag: 'lists',
    name: 'a list of packages that nobody can read',
    prepare: 'echo nonsense >/etc/apt/sources.list.d/broken.list',
    refused: /Malformed line 1 in source list \/etc\/apt\/sources\.list\.d\/broken\.list/,
  },
]

const odd = suite('lab: odd hosts')
const reason = await whyNoLab()
if (reason) process.stdout.write(`skipped: odd hosts in the lab: ${reason}\n`)
const test = reason ? odd.skip : odd
let site: Site

if (!reason)
  odd.before(async () => {
    site = await Site.up({ suite: 'bookworm', env: { HAQ_ERLANG_COOKIE: 'unused' } })
  })
odd.after(async () => {
  if (!reason) await site.down()
})

for (const { tag, name, prepare, refused, look } of cases)
  test(`${name}: check mode and run agree, and the second run changes nothing`, async () => {
    await site.on('initiator', prepare)
    const words = ['--limit', 'initiator', '--tags', tag]
    const checked = await site.run(playbook, ...words, '--check')
    const ran = await site.run(playbook, ...words)
    if (refused) {
      deepStrictEqual([checked.exitCode, ran.exitCode], [2, 2], checked.all + ran.all)
      for (const output of [checked, ran]) match(output.tasks[0]?.failure?.message ?? '', refused)
      return
    }
    deepStrictEqual([checked.exitCode, ran.exitCode], [0, 0], checked.all + ran.all)
    const again = await site.run(playbook, ...words)
    deepStrictEqual(
      again.tasks.map(({ status }) => status),
      ['ok'],
      again.all,
    )
    if (look) strictEqual((await site.on('initiator', look[0])).trim().replaceAll('\t', ' '), look[1])
  })

odd.run()
