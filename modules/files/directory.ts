import * as z from 'zod'
import {
  absent,
  absolutePath,
  account,
  convergeAttributes,
  defineModule,
  enterFolder,
  file,
  fileMode,
  isKnown,
  makeFolders,
  predict,
  presence,
  require,
  run,
  setAttributes,
  sh,
  unknown,
  type Step,
} from 'haq'

const params = z.object({
  path: absolutePath.describe('path of the directory; links are followed'),
  mode: fileMode.default('0755').describe('permission bits, four octal digits'),
  owner: account.default('root').describe('the user, by name or number'),
  group: account.default('root').describe('the group, by name or number'),
  recursive: z.boolean().default(false).describe('with state absent: also remove everything in the directory'),
  state: presence,
})

type Params = z.output<typeof params>

/**
 * Manages a directory with its owner, group and mode. Missing parent directories are created.
 *
 * @see mkdir(1), rmdir(1)
 *
 * @example
 * ```ts
 * directory({
 *   path: '/srv/app',
 *   mode: '0750',
 *   owner: 'www-data',
 *   group: 'www-data',
 * })
 * ```
 */
export const directory = defineModule({
  name: 'directory',
  summary: "Manage a directory's owner, group and mode",
  params,
  title: ({ path }) => path,
  facts: ({ path }) => ({ directory: file(path) }),
  plan: (params, { directory: current }) => {
    const { path, mode, owner, group, state } = params
    const isDirectory = require(`${path} is a directory, or nothing`, isKnown(current)
      ? current === absent || current.type === 'directory'
      : unknown, { otherwise: `${path} exists, but is not a directory` })
    if (state === 'absent') return [isDirectory, ...(current === absent ? [] : [remove(params, isKnown(current))])]
    if (isKnown(current) && current !== absent)
      return [isDirectory, ...convergeAttributes(file(path), path, { mode, owner, group }, current)]
    return [isDirectory, make(params, isKnown(current))]
  },
})

function make({ path, mode, owner, group }: Params, known: boolean): Step {
  return run({
    change: { what: path, from: known ? 'absent' : 'unknown', to: `directory ${mode} ${owner}:${group}` },
    script: sh`${makeFolders(path)}
${setAttributes(path, { owner, group, mode })}`,
    undo: {
      change: { what: path, from: 'directory', to: 'absent' },
      script: sh`${enterFolder(path, false)}
rmdir "./$name"`,
    },
    predicts: [predict(file(path), { type: 'directory', mode, owner, group })],
  })
}

function remove({ path, recursive }: Params, known: boolean): Step {
  return run({
    change: { what: path, from: known ? 'directory' : 'unknown', to: 'absent' },
    script: sh`${enterFolder(path, false)}
${recursive ? sh`rm -rf "./$name"` : sh`rmdir "./$name"`}`,
    undo: {
      impossible: recursive ? 'what was in the directory is gone' : 'an empty directory is made again by its own task',
    },
    predicts: [predict(file(path), absent)],
  })
}
