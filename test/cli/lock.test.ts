import { match, ok, strictEqual } from 'node:assert'
import { existsSync } from 'node:fs'
import { chmod } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'uvu'
import { asNobody } from '../engine/site.ts'
import { shellWith } from '../shells.ts'
import { inProject, type Folder } from './haq.ts'

/** A host with its lock in the project's folder, and a playbook whose first task waits for the file `go`. */
async function waitingProject({ path, write }: Folder): Promise<void> {
  await chmod(path, 0o777)
  const exec = [...asNobody, ...shellWith({ HOME: path })]
  await write('inv.yaml', JSON.stringify({ groups: { all: { hosts: { one: { connection: 'exec', exec } } } } }))
  await write(
    'book.ts',
    `import { play, playbook, sh } from 'haq'
import { command } from 'haq/modules'

const path = ${JSON.stringify(path)}

export default playbook({
  name: 'test',
  plays: ({ group }) => [
    play('base', { hosts: group('all') }, () => [
      command({
        run: sh\`: >\${path + '/begun'}; until [ -e \${path + '/go'} ]; do sleep 0.05; done; : >\${path + '/done'}\`,
        creates: path + '/done',
      }),
      command({ run: ['touch', path + '/after'], creates: path + '/after' }),
    ]),
  ],
})
`,
  )
}

const run = ['run', 'book.ts', '-i', 'inv'] as const

async function until(condition: () => boolean, running: ReturnType<Folder['haq']>): Promise<void> {
  while (!condition()) {
    if (running.exitCode !== null) throw new Error(`it ended too early: ${(await running).all}`)
    await new Promise(resolve => setTimeout(resolve, 20))
  }
}

function textOf(running: ReturnType<Folder['haq']>): () => string {
  let said = ''
  running.all.on('data', (chunk: Buffer) => (said += chunk.toString()))
  return () => said
}

test(
  'a killed run keeps the lock of its host until its step has ended, and no longer',
  inProject(async folder => {
    await waitingProject(folder)
    const { haq, path, write } = folder
    const first = haq(...run)
    await until(() => existsSync(join(path, 'begun')), first)
    first.kill('SIGKILL')
    await first
    const held = new RegExp(`one is held by another run: \\S+@\\S+, pid ${first.pid}, since \\S+Z, playbook book\\.ts`)
    const refused = await haq(...run, '--lock-timeout', '0')
    strictEqual(refused.exitCode, 2, refused.all)
    match(refused.stdout, held)
    match(refused.stdout, /wait longer with --lock-timeout/)
    const waiting = haq(...run, '--lock-timeout', '600')
    const said = textOf(waiting)
    await until(() => said().includes('waiting up to 600 s'), waiting)
    match(said(), held)
    await write('go', '')
    const second = await waiting
    strictEqual(second.exitCode, 0, second.all)
    match(second.stdout, /ok=1 changed=1 failed=0/)
  }),
)

for (const signal of ['SIGTERM', 'SIGHUP'] as const)
  test(
    `${signal} finishes the current step, as Ctrl-C does`,
    inProject(async folder => {
      await waitingProject(folder)
      const { haq, path, write } = folder
      const running = haq(...run)
      const said = textOf(running)
      await until(() => existsSync(join(path, 'begun')), running)
      running.kill(signal)
      await until(() => said().includes('finishing the current steps'), running)
      await write('go', '')
      const { exitCode, stdout } = await running
      strictEqual(exitCode, 130)
      match(stdout, /changed=1 failed=0 unreachable=0 skipped=1/)
      ok(existsSync(join(path, 'done')) && !existsSync(join(path, 'after')))
    }),
  )

test.run()
