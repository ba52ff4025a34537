import { deepStrictEqual, match, ok, rejects, strictEqual, throws } from 'node:assert'
import { createHash } from 'node:crypto'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { execa } from 'execa'
import { suite } from 'uvu'
import { translate } from '../../src/lab/apt-sources.ts'
import { mountPoints } from '../../src/lab/mounts.ts'
import { labNamespaces } from '../../src/lab/network.ts'
import { labPaths } from '../../src/lab/paths.ts'
import { groupRoots, killProcess, labGroup, until } from '../../src/lab/processes.ts'
import { checkSpec, mergeSpecs } from '../../src/lab/spec.ts'
import { fits, linkAddress, linkName, subnetOf } from '../../src/lab/subnet.ts'
import {
  labBreak,
  labMend,
  labDown,
  labExecArgv,
  labSshArgv,
  labStatus,
  labUp,
  LAB_PASSWORD,
  type LabKernel,
  type LabSpec,
  type LabStatus,
} from '../../src/lab/index.ts'
import { whyNoLab } from './site.ts'

const silent = () => undefined
const host = (name: string, address: string, interfaceName = 'eth1') => ({ name, address, interfaceName })
const spec = (...hosts: LabSpec['hosts']): LabSpec => ({ id: 'unit', suite: 'bookworm', kernel: 'host', hosts })

const rules = suite('lab: rules')

rules('the network is a /24, or the smallest larger one in which every host has a host address', () => {
  const free = (prefixLength: number, controlAddress: string, clientAddress: string) => ({
    prefixLength,
    controlAddress,
    clientAddress,
  })
  const one = ['192.168.1.121', '192.168.1.114']
  deepStrictEqual(subnetOf(one, []), free(24, '192.168.1.254', '192.168.1.253'))
  deepStrictEqual(subnetOf(one, ['192.168.1.254']), free(24, '192.168.1.253', '192.168.1.252'))
  deepStrictEqual(subnetOf(['10.0.0.3', '10.0.1.3'], []), free(23, '10.0.1.254', '10.0.1.253'))
  deepStrictEqual(subnetOf(['10.0.0.255'], []), free(23, '10.0.1.254', '10.0.1.253'))
  deepStrictEqual(subnetOf(['255.255.255.254'], []), free(24, '255.255.255.253', '255.255.255.252'))
  throws(() => subnetOf(['10.0.0.1', '192.168.0.1'], []), /no network/)
  throws(() => subnetOf(['10.0.0'], []), /IPv4/)
})

rules('a further host fits unless its address is outside or taken by the lab', () => {
  const subnet = subnetOf(['192.168.1.121'], [])
  const fitting = ['192.168.1.1', '192.168.1.254', '192.168.1.255', '192.168.2.1'].map(a => fits(subnet, a))
  deepStrictEqual(fitting, [true, false, false, false])
})

rules('links are named and addressed by the host, within the kernel’s 15 characters', () => {
  strictEqual(linkName('192.168.1.121'), 'hc0a80179')
  strictEqual(linkAddress('10.0.0.1'), '02:00:0a:00:00:01')
})

rules('the mirror is the machine’s own, whatever the suite', () => {
  const targets = [
    'http://m/debian/ bookworm main',
    'http://m/debian/ bookworm main',
    'http://m/debian/ bookworm contrib',
    'http://m/debian/ bookworm-updates main',
    'http://m/debian/ bookworm-backports main',
    'http://m/security/ bookworm-security main',
    'http://other/ nodistro main',
  ].join('\n')
  const expected = (name: string) => [
    `http://m/debian/ ${name} main`,
    `http://m/debian/ ${name}-updates main`,
    `http://m/security/ ${name}-security main`,
  ]
  deepStrictEqual(translate(targets, 'bookworm', 'trixie'), expected('trixie'))
  deepStrictEqual(translate(targets, 'bookworm', 'bookworm'), expected('bookworm'))
  deepStrictEqual(translate('http://m/debian/ stable main', 'trixie', 'bookworm'), ['http://m/debian/ bookworm main'])
})

rules('what can’t be a lab is refused', () => {
  const a = host('a', '10.0.0.1')
  checkSpec(spec(a, host('db-1.example.org', '10.0.0.2')))
  throws(() => checkSpec(spec()), /at least one host/)
  throws(() => checkSpec({ ...spec(a), id: 'Too/Long' }), /id/)
  throws(() => checkSpec({ ...spec(a), id: 'a-client' }), /id/)
  throws(() => checkSpec(spec(host('client', '10.0.0.1'))), /client/)
  throws(() => checkSpec(spec(host('../x', '10.0.0.1'))), /named/)
  throws(() => checkSpec(spec(a, host('A', '10.0.0.2'))), /two hosts/)
  throws(() => checkSpec(spec(a, host('b', '10.0.0.1'))), /two hosts/)
  throws(() => checkSpec(spec(host('a', '10.0.0.1', 'longer-than-fifteen'))), /interface/)
})

rules('hosts may come to a lab that is up; nothing of it may change', () => {
  const a = host('a', '10.0.0.1')
  const more = spec(a, host('b', '10.0.0.2'))
  deepStrictEqual(mergeSpecs(spec(a), more), more)
  throws(() => mergeSpecs(more, spec(a)), /b that is not asked for/)
  throws(() => mergeSpecs(spec(a), spec(host('a', '10.0.0.9'))), /a at 10.0.0.1/)
  throws(() => mergeSpecs(spec(a), { ...spec(a), suite: 'trixie' }), /bookworm, not of trixie/)
})

rules.run()

/** Lab hosts of one Debian release. The lab has its own id, so that it does not touch a lab of the operator. */
function realLab(release: LabSpec['suite'], kernel: LabKernel): void {
  const lab = suite(`lab: ${release}, kernel ${kernel}`)
  const asked: LabSpec = {
    id: `t-${createHash('sha256').update(`${process.pid} ${release} ${kernel}`).digest('hex').slice(0, 6)}`,
    suite: release,
    kernel,
    hosts: [host('initiator', '192.168.1.121'), host('mygateway', '192.168.1.114')],
  }
  let status: LabStatus

  const runs = async (argv: readonly string[], ...words: readonly string[]) => {
    const { stdout } = await execa(argv[0] ?? '', [...argv.slice(1), ...words], { stdin: 'ignore' })
    return stdout
  }

  /** The first line of a host's sshd, as the client reads it. */
  const banner = (address: string): Promise<string> =>
    runs(labExecArgv(status, 'client', ['timeout', '5', 'bash', '-c', `exec 3<>/dev/tcp/${address}/22; head -c 4 <&3`]))

  lab.before(async () => {
    status = await labUp(asked, silent)
  })
  lab.after(async () => labDown(asked.id, silent))

  lab('hosts are bare Debian with the inventory’s names and addresses', async () => {
    for (const { name, address, interfaceName } of asked.hosts) {
      const said = await runs(labSshArgv(status, name), 'hostname; ip -br address; systemctl is-system-running')
      match(said, new RegExp(`^${name}\\n[^]*${interfaceName}\\S* +(UP|UNKNOWN) +${address}/24 [^]*\\nrunning$`))
      match(await runs(labSshArgv(status, name), 'cat /etc/hosts; which keepalived || :'), /127.0.1.1\t\S+\n[^/]*$/)
    }
  })

  lab('an ordinary user becomes root with the password', async () => {
    const sudo = `sudo -n true || echo ${LAB_PASSWORD} | sudo -S -p '' id -un`
    strictEqual(await runs(labSshArgv(status, 'initiator', 'op'), `id -un; ${sudo} 2>/dev/null`), 'op\nroot')
  })

  lab('a host whose key is another one is not spoken to', async () => {
    const { knownHosts } = labPaths(asked.id)
    const right = await readFile(knownHosts, 'utf8')
    const [first = '', second = ''] = right.split('\n')
    const swapped = `${first.split(' ')[0]} ${second.split(' ').slice(1).join(' ')}\n`
    await writeFile(knownHosts, swapped)
    await rejects(runs(labSshArgv(status, 'initiator'), 'true'), /Host key verification failed/)
    await writeFile(knownHosts, right)
  })

  lab('there is no way out', async () => {
    strictEqual(await runs(labExecArgv(status, 'initiator', ['ip', 'route', 'show', 'default'])), '')
  })

  // A guest of user-mode Linux is slow here, and the LVS tests test it, too.
  const labIfQuick = kernel === 'host' ? lab : () => undefined
  labIfQuick('packages install from the lab’s own repository', async () => {
    const install = 'apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y keepalived >/dev/null'
    await runs(labSshArgv(status, 'initiator'), `${install} && dpkg -s keepalived`)
  })

  lab('a host takes network settings, and the client reaches it', async () => {
    await runs(labExecArgv(status, 'mygateway', ['sysctl', '-qw', 'net.ipv4.conf.all.arp_ignore=1']))
    await runs(labExecArgv(status, 'mygateway', ['ip', 'address', 'add', '192.168.1.120/32', 'dev', 'lo']))
    strictEqual(await banner('192.168.1.114'), 'SSH-')
  })

  lab('up again does nothing, and brings back a host that died with what was done to it', async () => {
    const said: string[] = []
    deepStrictEqual(await labUp(asked, message => said.push(message)), status)
    deepStrictEqual(said, [])
    await runs(labExecArgv(status, 'mygateway', ['sh', '-c', 'touch /root/kept; sync']))
    killProcess(status.hosts[1]?.pid ?? NaN)
    ok(await until(async () => (await labStatus(asked.id))?.hosts[1]?.running === false, 5000))
    status = await labUp(asked, silent)
    const seen = await runs(labSshArgv(status, 'mygateway'), 'ls /root; ip -br address show lo')
    match(seen, /^kept\nlo +UNKNOWN +127.0.0.1\/8 ::1\/128/)
  })

  lab('a host loses its power, another one its network; mend mends one, and up the rest', async () => {
    await runs(labExecArgv(status, 'initiator', ['sh', '-c', 'echo kept >/root/synced; sync; touch /run/lost']))
    await labBreak(status, ['initiator'], 'power')
    await labBreak(status, ['mygateway'], 'network')
    const running = (await labStatus(asked.id))?.hosts.map(one => one.running)
    deepStrictEqual(running, [false, true])
    await rejects(banner('192.168.1.114'))
    await labMend(status, ['mygateway'], silent)
    strictEqual(await banner('192.168.1.114'), 'SSH-')
    strictEqual((await labStatus(asked.id))?.hosts[0]?.running, false)
    status = await labUp(asked, silent)
    strictEqual(await runs(labSshArgv(status, 'initiator'), 'cat /root/synced; ls /run/lost 2>/dev/null || :'), 'kept')
    await labBreak(status, ['initiator', 'mygateway'], 'power')
    status = await labUp(asked, silent)
    deepStrictEqual(
      status.hosts.map(one => one.running),
      [true, true],
    )
  })

  lab('down leaves nothing, also when the state is lost', async () => {
    await writeFile(labPaths(asked.id).state, '{')
    await rejects(labStatus(asked.id), /can't be understood/)
    await labDown(asked.id, silent)
    strictEqual(await labStatus(asked.id), undefined)
    deepStrictEqual(await labNamespaces(asked.id), [])
    deepStrictEqual(
      (await mountPoints()).filter(({ path }) => path.includes(asked.id)),
      [],
    )
    for (const root of await groupRoots()) await rejects(readdir(labGroup(root, asked.id)), /ENOENT/)
    await rejects(readdir(labPaths(asked.id).folder), /ENOENT/)
    deepStrictEqual(await commandLinesWith(labPaths(asked.id).folder), [])
    await labDown(asked.id, silent)
  })

  lab.run()
}

/** The command lines of this machine's processes that contain a path. */
async function commandLinesWith(path: string): Promise<readonly string[]> {
  const pids = (await readdir('/proc')).filter(name => /^\d+$/.test(name))
  // A process may have ended by now.
  const lines = await Promise.all(pids.map(pid => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')))
  return lines.filter(line => line.includes(path))
}

for (const [release, kernel] of [
  ['bookworm', 'host'],
  ['trixie', 'host'],
  ['bookworm', 'uml'],
] as const) {
  const hindrance = await whyNoLab(kernel)
  if (hindrance === undefined) realLab(release, kernel)
  else {
    const skipped = suite(`lab: ${release}, kernel ${kernel}`)
    skipped.skip(`skipped: ${hindrance}`, silent)
    skipped.run()
    console.log(`skipped: the lab's tests on real hosts of ${release} with kernel ${kernel}: ${hindrance}`)
  }
}
