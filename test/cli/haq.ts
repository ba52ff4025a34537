import { execa, execaSync } from 'execa'
import { userInfo } from 'node:os'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { shellWith } from '../shells.ts'
import { inFolder } from '../temp.ts'

const main = fileURLToPath(new URL('../../src/cli/main.cjs', import.meta.url))

const env = { NO_COLOR: undefined, FORCE_COLOR: undefined, HAQ_TEST_COOKIE: 'c00kie-of-the-test' }

/** The folder in which haq keeps its own files, beside the project's folder. */
export function ownFolder(project: string): string {
  return `${project}.haq`
}

/** Starts haq in a folder. Standard input has only what the test writes. */
function start(project: string, args: readonly string[], cwd = project) {
  const own = { ...env, XDG_STATE_HOME: join(ownFolder(project), 'state') }
  return execa(process.execPath, [main, ...args], { cwd, env: own, reject: false, all: true, stdin: 'ignore' })
}

export interface Folder {
  readonly path: string
  readonly haq: (...args: readonly string[]) => ReturnType<typeof start>
  /** Starts haq in a folder below the project's. */
  readonly haqIn: (folder: string, ...args: readonly string[]) => ReturnType<typeof start>
  readonly write: (name: string, text: string) => Promise<void>
}

/** A test in a folder with a playbook whose tasks use temporary paths, and an inventory of only this machine. */
export function inProject(use: (folder: Folder) => Promise<void>): () => Promise<void> {
  return inFolder(async path => {
    const write = (name: string, text: string): Promise<void> => writeFile(join(path, name), text)
    await mkdir(join(ownFolder(path), 'lib'), { recursive: true })
    await write('inv.yaml', inventory(path))
    await write('book.ts', playbook(path))
    try {
      await use({
        path,
        write,
        haq: (...args) => start(path, args),
        haqIn: (folder, ...args) => start(path, args, join(path, folder)),
      })
    } finally {
      await rm(ownFolder(path), { recursive: true })
    }
  })
}

/** Whether hosts can have their own file system here: haq keeps root's files outside of the project's folder. */
const canMount = execaSync('unshare', ['-m', 'mount', '-t', 'tmpfs', 'none', '/mnt'], { reject: false }).exitCode === 0

/** The command that starts a shell on this machine; haq keeps the host's files in the folder. */
function ownShell(folder: string): readonly string[] {
  const lib = join(ownFolder(folder), 'lib')
  // The lock of the machine itself stands below /run: tests beside this one would wait for it.
  const mounts = `mkdir -p ${lib}/run && mount --bind ${lib}/run /run && mount --bind ${lib} /var/lib`
  const mounting = ['unshare', '-m', 'sh', '-c', `${mounts} && exec "$@"`, 'sh']
  return [...(canMount ? mounting : []), ...shellWith({ HOME: lib })]
}

/** Two names for this machine, and one unreachable host. */
const inventory = (folder: string): string => `
connection: exec
exec: ${JSON.stringify(ownShell(folder))}
groups:
  here:
    hosts: { one: , two: }
    vars: { mode: '0644', cookie: { secret: { env: HAQ_TEST_COOKIE } } }
  gone:
    hosts: { three: { connection: exec, exec: [sh, -c, 'echo "ssh: connect to host three port 22: No route to host" >&2; exit 255'] } }
    vars: { cookie: { secret: { env: HAQ_TEST_COOKIE } } }
`

const { username } = userInfo()

/** Plays for the exit statuses; the variable \`what\` chooses. */
const playbook = (folder: string): string => `
import * as z from 'zod'
import { play, playbook, secret, sh } from 'haq'
import { command, directory, file } from 'haq/modules'

const folder = ${JSON.stringify(folder)}
const mine = { owner: ${JSON.stringify(username)}, group: ${JSON.stringify(username)} }

export default playbook({
  name: 'test',
  vars: z.object({
    what: z.enum(['fine', 'fails', 'gone', 'both', 'waits']).default('fine'),
    lvs: z.boolean().default(true),
    mode: z.string().default('0644'),
    cookie: secret(),
  }),
  plays: ({ group }) => [
    play('base', { hosts: group('here') }, host => {
      const { what, lvs, mode, cookie } = host.vars
      return [
        directory({ path: folder + '/' + host.name, ...mine }, { tags: ['dir'] }),
        file({ path: folder + '/' + host.name + '/f', content: String(lvs), mode, ...mine }),
        file({ path: folder + '/' + host.name + '/cookie', content: cookie, mode: '0600', ...mine }),
        ...(what === 'fails' || what === 'both'
          ? [command({ run: sh\`echo "cookie is c00kie-of-the-test" >&2; exit 3\`, always: true }, { name: 'broken' })]
          : []),
        ...(what === 'waits'
          ? [
              command({
                run: sh\`touch \${folder + '/started'}; until [ -e \${folder + '/go'} ]; do sleep 0.05; done; touch \${folder + '/done-' + host.name}\`,
                creates: folder + '/done-' + host.name,
              }),
              command({ run: ['touch', folder + '/after-' + host.name], creates: folder + '/after-' + host.name }),
            ]
          : []),
      ]
    }),
    ...(['gone', 'both'].includes(group('here').first.vars.what) ? [play('away', { hosts: group('gone') }, () => [file({ path: '/nowhere/x' })])] : []),
  ],
})
`
