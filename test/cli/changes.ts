import { chmod, chown, mkdir, readdir, readFile, lstat, readlink, symlink, writeFile } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { inProject, ownFolder, type Folder } from './haq.ts'

const { username, uid } = userInfo()

/** A project whose playbook changes existing files in every way. */
export function inChanges(use: (folder: Folder) => Promise<void>): () => Promise<void> {
  return inProject(async folder => {
    const at = (name: string): string => join(folder.path, 'host', name)
    await mkdir(at(''))
    await writeFile(at('old'), Buffer.from('CANARYold \0\xff no line end', 'latin1'))
    await chmod(at('old'), 0o640)
    // An owner without a user on this machine: undo must restore it, although it has no name.
    if (uid === 0) await chown(at('old'), 54321, 54321)
    await writeFile(at('moded'), 'moded\n', { mode: 0o644 })
    await writeFile(at('gone'), 'gone\n', { mode: 0o600 })
    await symlink('gone', at('link'))
    await writeFile(at('text'), 'one\ntwo\n')
    await folder.write('changes.ts', changes(folder.path))
    await use(folder)
  })
}

/** Every path of the host, with its type, attributes and content. */
export async function tree(folder: Folder): Promise<Readonly<Record<string, string>>> {
  const root = join(folder.path, 'host')
  const names = (await readdir(root, { recursive: true })).toSorted()
  const entries = names.map(async name => {
    const path = join(root, name)
    const stat = await lstat(path)
    const content = stat.isFile() ? await readFile(path, 'latin1') : stat.isSymbolicLink() ? await readlink(path) : ''
    const mode = stat.isSymbolicLink() ? '' : stat.mode.toString(8)
    return [name, `${mode} ${stat.uid}:${stat.gid} ${content}`] as const
  })
  return Object.fromEntries(await Promise.all(entries))
}

/** The journals of a project's runs, by id. */
export async function journals(folder: Folder): Promise<Readonly<Record<string, string>>> {
  const runs = runsFolder(folder)
  const names = (await readdir(runs)).toSorted()
  return Object.fromEntries(
    await Promise.all(names.map(async name => [name.replace('.jsonl', ''), await readFile(join(runs, name), 'utf8')])),
  ) as Record<string, string>
}

export const runsFolder = ({ path }: Folder): string => join(ownFolder(path), 'state/haq/runs')

const changes = (folder: string): string => `
import * as z from 'zod'
import { defineModule, play, playbook, predict, run, Secret, sh } from 'haq'
import { command, directory, file } from 'haq/modules'

const host = ${JSON.stringify(join(folder, 'host'))}
const mine = { owner: ${JSON.stringify(username)}, group: ${JSON.stringify(username)} }

const secretLine = defineModule({
  name: 'secretLine',
  summary: 'For tests',
  params: z.object({ line: z.instanceof(Secret) }),
  facts: () => ({ done: { key: 'line', script: sh\`[ ! -e \${host + '/line'} ] || echo done\`, parse: text => text !== '' } }),
  plan: ({ line }, { done }) =>
    done
      ? []
      : [
          run({
            change: { what: 'line', from: 'absent', to: 'present' },
            script: sh\`printf %s \${line} >\${host + '/line'}\`,
            undo: { change: { what: 'line', from: 'present', to: 'absent' }, script: sh\`: \${line}; rm \${host + '/line'}\` },
            predicts: [],
          }),
        ],
})

export default playbook({
  name: 'changes',
  vars: z.object({ what: z.enum(['all', 'command', 'secret', 'waits']).default('all'), word: z.string().default('CANARYline') }),
  plays: ({ group }) => [
    play('changes', { hosts: group('here') }, ({ vars: { what, word } }) => [
      directory({ path: host + '/folder', mode: '0750', ...mine }),
      file({ path: host + '/folder/new', content: 'new\\n', ...mine }),
      file({ path: host + '/old', content: new Secret('CANARYnew'), mode: '0600', ...mine }),
      file({ path: host + '/moded', mode: '0600', ...mine }),
      file({ path: host + '/link', state: 'absent' }),
      file({ path: host + '/gone', state: 'absent' }),
      file({ path: host + '/text', content: 'one\\n2\\n', ...mine }),
      ...(what === 'command' ? [command({ run: ['touch', host + '/made'], creates: host + '/made' })] : []),
      ...(what === 'secret' ? [secretLine({ line: new Secret(word) })] : []),
      ...(what === 'waits' ? [command({ run: sh\`touch \${host + '/started'}; while [ -e \${host + '/started'} ]; do sleep 0.05; done\`, creates: host + '/never' })] : []),
    ]),
    play('again', { hosts: group('here'), tags: ['again'] }, () => [
      file({ path: host + '/text', content: 'one\\n2\\n3\\n', ...mine }),
    ]),
  ],
})
`
