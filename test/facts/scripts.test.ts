import { deepStrictEqual, match, notStrictEqual, ok, strictEqual } from 'node:assert'
import { existsSync, lstatSync, readdirSync, readFileSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { test } from 'uvu'
import { absent, type Fact } from '../../src/core/fact.ts'
import { amqpAnswers } from '../../modules/rabbitmq/facts/amqp.ts'
import { editableFile, file, sha256, type FileState } from '../../src/facts/file.ts'
import { hostname } from '../../src/facts/host.ts'
import { sysctls } from '../../src/facts/sysctl.ts'
import { systemdUnit } from '../../src/facts/systemd-unit.ts'
import { shells, withShell } from '../shells.ts'
import { inFolder } from '../temp.ts'
import { bytes, factsIn, forwarding, names, plant } from './any-machine.ts'

/** Everything that a script could have changed, but for the times of reading. */
function snapshot(folder: string): unknown {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .sort()
    .map(name => {
      const path = join(folder, name)
      const { mode, uid, gid, size, mtimeMs, ctimeMs, nlink, ino } = lstatSync(path)
      const isLink = lstatSync(path).isSymbolicLink()
      const holds = isLink ? readlinkSync(path) : lstatSync(path).isFile() ? sha256(readFileSync(path, 'latin1')) : ''
      return { name, mode, uid, gid, size, mtimeMs, ctimeMs, nlink, ino, holds }
    })
}

type Values = Readonly<Record<string, unknown>>

/** Reads facts by one shell, all in one batch, as a run does; what can't be read is its error's words. */
function read(exec: readonly string[], facts: readonly Fact<unknown>[]): Promise<Values> {
  return withShell(exec, async shell => {
    const frames = await Promise.all(facts.map(fact => shell.read(fact)))
    return Object.fromEntries(
      facts.map(({ key, parse }, i) => {
        const { status = -1, stdout = '', stderr = '' } = frames[i] ?? {}
        return [key, status === 0 ? parse(stdout) : `${status}: ${stderr.trim()}`]
      }),
    )
  })
}

const [first] = shells
ok(first, 'there is no shell to read facts by')

for (const { name, exec } of shells) {
  test(
    `${name} reads what is in a tree, and leaves it byte for byte as it was`,
    inFolder(async folder => {
      plant(folder)
      const before = snapshot(folder)
      const values = await read(exec, factsIn(folder))
      deepStrictEqual(snapshot(folder), before)

      const { owner, group, uid, gid } = values[`file:${folder}/empty`] as FileState
      deepStrictEqual([uid, gid], [process.getuid?.(), process.getgid?.()].map(String))
      const attributes = { type: 'file', mode: '0644', owner, group, uid, gid }
      const states = names.map(name => values[`file:${folder}/${name}`])
      deepStrictEqual(states, [
        { ...attributes, content: '' },
        { ...attributes, content: 'no line end' },
        { ...attributes, content: bytes.toString('latin1') },
        { ...attributes, sha256: sha256('x'.repeat(1_048_577)) },
        { ...attributes, type: 'directory', mode: '0700' },
        { ...attributes, content: bytes.toString('latin1') },
        absent,
        absent,
      ])
      const secret = values[`secretFile:${folder}/secret`]
      deepStrictEqual(secret, { ...attributes, mode: '0400', sha256: sha256('hunter2!') })
      strictEqual((values['file:/dev/null'] as FileState).type, 'other')
    }),
  )

  test(
    `${name} reads a file that is to be edited whole, or says why not`,
    inFolder(async folder => {
      const large = 'line\n'.repeat(400_000)
      writeFileSync(join(folder, 'large'), large)
      writeFileSync(join(folder, 'huge'), Buffer.alloc(16 * 1_048_576 + 1, 'x'))
      symlinkSync('b', join(folder, 'a'))
      symlinkSync('a', join(folder, 'b'))
      symlinkSync('/no-such-folder/x', join(folder, 'lost'))
      const paths = ['large', 'huge', 'a', 'lost'].map(file => join(folder, file))
      const facts = [...paths.map(editableFile), file(join(folder, 'a')), file(join(folder, 'empty'))]
      const values = Object.values(await read(exec, facts))
      strictEqual((values[0] as { content: string }).content, large)
      deepStrictEqual(values.slice(1), [
        `1: ${folder}/huge has 16777217 bytes, and haq edits files of up to 16777216`,
        `1: ${folder}/a is a link that leads nowhere`,
        `1: ${folder}/lost is a link that leads nowhere`,
        `1: ${folder}/a is a link that leads nowhere`,
        absent,
      ])
    }),
  )

  test(
    `${name} reads the machine as it is`,
    inFolder(async folder => {
      const values = await read(exec, factsIn(folder))
      deepStrictEqual(values['addresses:no-such-if'], absent)
      ok(JSON.stringify(values['addresses:lo']).includes('{"address":"127.0.0.1/8","label":"lo"}'))
      strictEqual(values['pending:nothing-of-this-name'], false)
      strictEqual(values['hostname'], readFileSync('/proc/sys/kernel/hostname', 'utf8').trim())
      match(JSON.stringify(values['osRelease']), /^\{"id":"[a-z]+","like":\[.*\],"version":"[\d.]*"\}$/)
      strictEqual(values['resolvesTo:localhost'], '127.0.0.1')
      strictEqual(values['resolvesTo:no-such-name.invalid'], absent)
      deepStrictEqual(values[`sysctls:${forwarding},net.ipv4.conf.no-such/if.arp_ignore,kernel.ostype`], {
        [forwarding]: readFileSync('/proc/sys/net/ipv4/ip_forward', 'utf8').trim(),
        'net.ipv4.conf.no-such/if.arp_ignore': absent,
        'kernel.ostype': 'Linux',
      })
      deepStrictEqual([values['userExists:root'], values['userExists:-no-such-user']], [true, absent])
    }),
  )

  test(
    `${name} reads the same as ${first.name}`,
    inFolder(async folder => {
      plant(folder)
      const facts = factsIn(folder)
      deepStrictEqual(await read(exec, facts), await read(first.exec, facts))
    }),
  )

  test(`${name} says why a fact can't be read, and goes on`, async () => {
    const values = await read(exec, [sysctls(['kernel']), hostname])
    match(String(values['sysctls:kernel']), /^1: .*[Ii]s a directory/)
    notStrictEqual(values['hostname'], '')
  })

  test(`${name} tells a broker from what is none`, async () => {
    const servers = ['\x01\0\0', 'HTTP/1.1 400\r\n'].map(answer =>
      createServer(socket => socket.on('error', () => {}).end(answer, 'latin1')).listen(0, '127.0.0.1'),
    )
    await Promise.all(servers.map(server => new Promise(resolve => server.once('listening', resolve))))
    const ports = servers.map(server => (server.address() as AddressInfo).port)
    try {
      // Port 1 of the last loopback address has nobody that listens.
      const facts = [...ports.map(port => amqpAnswers('127.0.0.1', port)), amqpAnswers('127.255.255.254', 1)]
      deepStrictEqual(Object.values(await read(exec, facts)), [true, false, false])
    } finally {
      for (const server of servers) server.close()
    }
  })
}

if (existsSync('/run/systemd/system')) {
  for (const { name, exec } of shells)
    test(`${name} reads systemd's units`, async () => {
      const units = ['no-such-unit.service', 'systemd-journald.service']
      const values = await read(exec, units.map(systemdUnit))
      deepStrictEqual(values['systemdUnit:no-such-unit.service'], absent)
      deepStrictEqual(values['systemdUnit:systemd-journald.service'], { active: true, enabled: 'static', wanted: true })
    })
} else process.stdout.write("skipped: systemd's units are not read, because systemd does not run on this machine\n")

test.run()
