import { deepStrictEqual, match, ok, strictEqual } from 'node:assert'
import { execa } from 'execa'
import { suite } from 'uvu'
import { Site, whyNoLab } from './site.ts'
import { changedLines, undoIn } from './undo-run.ts'

const playbook = 'test/lab/playbooks/undo.ts'

const undo = suite('lab: undo')
const reason = await whyNoLab()
if (reason) process.stdout.write(`skipped: undo in the lab: ${reason}\n`)
const test = reason ? undo.skip : undo
let site: Site

/** The state that the playbook changes on the host, and all of /etc. */
const facts = (): Promise<string> =>
  site.on(
    'initiator',
    `find /etc -printf '%p %y %m %u:%g %l\\n' | sort
find /etc -type f -print0 | sort -z | xargs -0 sha256sum
sysctl net.ipv4.conf.all net.ipv4.conf.lo | grep arp_
ip -4 -o address show dev lo | cut -d' ' -f2-9
for unit in haq-undo haq-watch haq-vip-192.168.1.120; do
  systemctl show -p LoadState,ActiveState,UnitFileState "$unit"
done`,
  )

const unit = `[Service]
ExecStart=/bin/sh -c 'echo started >>/srv/starts-%p; exec sleep infinity'
[Install]
WantedBy=multi-user.target
`

undo.before(async () => {
  if (reason) return
  site = await Site.up({ suite: 'bookworm', env: { HAQ_ERLANG_COOKIE: 'unused' } })
  await site.on(
    'initiator',
    `for name in haq-undo haq-watch; do
  echo ${Buffer.from(unit).toString('base64')} | base64 -d >/etc/systemd/system/$name.service
done
systemctl daemon-reload; systemctl start haq-undo haq-watch
mkdir -m 755 /etc/haq-undo
printf 'CANARYold\\0\\377' >/etc/haq-undo/secret; chown games:adm /etc/haq-undo/secret; chmod 640 /etc/haq-undo/secret
printf gone >/etc/haq-undo/gone; chmod 4711 /etc/haq-undo/gone
printf before >/etc/haq-undo/setting`,
  )
})
undo.after(async () => {
  if (!reason) await site.down()
})

const only = ['--limit', 'initiator'] as const

test('undo restores files, sysctls, addresses and units, and runs the handlers again', async () => {
  const before = await facts()
  const output = await site.run(playbook, ...only)
  strictEqual(output.exitCode, 0, output.all)
  ok((await facts()) !== before)
  const starts = await site.on('initiator', 'cat /srv/starts-haq-watch')

  const announced = await undoIn(site, '--check')
  strictEqual(announced.exitCode, 0, announced.all)
  const undone = await undoIn(site)
  strictEqual(undone.exitCode, 0, undone.all)
  strictEqual(await facts(), before)
  strictEqual(await site.on('initiator', 'cat /srv/starts-haq-watch'), `${starts}\nstarted`)
  deepStrictEqual(changedLines(undone.stdout), changedLines(announced.stdout))
  strictEqual(changedLines(undone.stdout).length, 11)

  const redone = await undoIn(site, 'last')
  strictEqual(redone.exitCode, 0, redone.all)
  const again = await site.run(playbook, ...only, '--check')
  strictEqual(again.recap['initiator']?.['changed'], 0, again.all)
})

test('a host that has changed since the run is refused, and the difference is shown', async () => {
  await site.on('initiator', 'echo drift >>/etc/hosts; sysctl -q net.ipv4.conf.all.arp_ignore=0')
  const before = await facts()
  const refused = await undoIn(site)
  strictEqual(refused.exitCode, 2, refused.all)
  match(refused.stdout, /^failed +initiator +unchanged since run/m)
  match(refused.stdout, /the host has changed since run \S+: editableFile:\/etc\/hosts, sysctls?:/)
  strictEqual(await facts(), before)
})

test('the journal contains no secret, and only root can read the old secret on its host', async () => {
  const found = await execa('grep', ['-r', 'CANARY', `${site.env['XDG_STATE_HOME']}/haq/runs`], { reject: false })
  deepStrictEqual([found.exitCode, found.stdout], [1, ''])
  ok((await site.on('initiator', 'grep -rl CANARYold /var/lib/haq/undo')) !== '')
  strictEqual(await site.on('initiator', 'stat -c %a /var/lib/haq/undo /var/lib/haq/undo/* | sort -u'), '700')
  strictEqual(await site.on('initiator', 'ls -A /var/lib/haq/owed 2>/dev/null | wc -l'), '0')
})

undo.run()
