import { deepStrictEqual, strictEqual } from 'node:assert'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import { sh } from '../../src/core/shell.ts'
import { HostShell } from '../../src/transport/host-shell.ts'
import { inFolder } from '../temp.ts'

/** Records its variables, and runs its last word like a login shell on the host. */
const fakeSsh = `#!/bin/sh
tr '\\0' '\\n' </proc/$$/environ >"$(dirname "$0")/environment"
for word; do :; done
exec sh -c "$word"
`

test(
  "ssh gets only those of haq's variables that it needs",
  inFolder(async folder => {
    writeFileSync(join(folder, 'ssh'), fakeSsh, { mode: 0o755 })
    const own = {
      PATH: `${folder}:${process.env['PATH']}`,
      HOME: folder,
      SSH_AUTH_SOCK: join(folder, 'agent'),
      LC_TIME: 'C',
      AWS_PROFILE: 'prod',
      HAQ_ERLANG_COOKIE: 'hunter2',
      SSH_SECRET: 'hunter2',
      XLANG: 'hunter2',
    }
    const before = { ...process.env }
    process.env = { ...own }
    const reach = { connection: 'ssh', address: 'web', keep: join(folder, 'configuration') } as const
    const shell = new HostShell('web', { ...reach, sshPasses: ['AWS_PROFILE'] }, { end: 0.1 })
    try {
      strictEqual((await shell.run(sh`echo up`)).stdout, 'up\n')
    } finally {
      process.env = before
      await shell.close()
    }
    const given = readFileSync(join(folder, 'environment'), 'utf8').trimEnd().split('\n')
    deepStrictEqual(given.map(line => line.slice(0, line.indexOf('='))).toSorted(), [
      'AWS_PROFILE',
      'HAQ_SSH_ID',
      'HOME',
      'LC_TIME',
      'PATH',
      'SSH_AUTH_SOCK',
    ])
  }),
)

test.run()
