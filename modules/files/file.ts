import * as z from 'zod'
import {
  absent,
  absolutePath,
  account,
  convergeAttributes,
  convergeFile,
  defineModule,
  file as fileFact,
  fileMode,
  isKnown,
  presence,
  regularFile,
  removeFile,
  Secret,
  secret,
  secretFile,
  sh,
  utf8Bytes,
  word,
  type Script,
} from 'haq'

const params = z.object({
  path: absolutePath.describe('path of the file; links are followed'),
  content: z
    .union([z.string(), secret()], { error: 'takes text or a secret' })
    .optional()
    .describe('the content, as text or a secret; left out, only owner, group and mode are managed'),
  mode: fileMode.default('0644').describe('permission bits, four octal digits'),
  owner: account.default('root').describe('the user, by name or number'),
  group: account.default('root').describe('the group, by name or number'),
  validate: z
    .array(word)
    .min(1)
    .optional()
    .describe(
      'a command that checks the new file before it replaces the old one; the path of the new file is added as the last argument',
    ),
  state: presence,
})

/**
 * Manages a regular file: its content, owner, group and mode. The new file replaces the old one in one step (rename),
 * so no program ever reads a half-written file. A `Secret` as content is never shown, and it is compared on the host.
 *
 * @see rename(2)
 *
 * @example
 * ```ts
 * file(
 *   {
 *     path: '/etc/chrony/sources.d/site.sources',
 *     content: 'server 192.168.1.1 iburst\n',
 *   },
 *   { notify: [service({ name: 'chrony', state: 'restarted' })] },
 * )
 * ```
 */
export const file = defineModule({
  name: 'file',
  summary: "Manage a file's content, owner, group and mode",
  params,
  title: ({ path }) => path,
  facts: ({ path, content }) => ({ file: factOf(path, content) }),
  plan: ({ path, content, mode, owner, group, validate, state }, { file: current }) => {
    const fact = factOf(path, content)
    const isSecret = content instanceof Secret
    // For a known state, removeFile and convergeFile themselves refuse anything but a regular file.
    const isFile = isKnown(current) ? [] : [regularFile(path, current)]
    if (state === 'absent') return [...isFile, ...removeFile(path, current, { secret: isSecret })]
    // If it is unknown whether the file exists, this step also creates an empty one.
    if (content === undefined && current !== absent)
      return [regularFile(path, current), ...convergeAttributes(fact, path, { mode, owner, group }, current)]
    const text = utf8Bytes(isSecret ? content.reveal() : (content ?? ''))
    const wanted = { path, content: text, mode, owner, group, secret: isSecret }
    return [...isFile, ...convergeFile(fact, validate ? { ...wanted, validate: validator(validate) } : wanted, current)]
  },
})

function factOf(path: string, content: string | Secret | undefined) {
  return content instanceof Secret ? secretFile(path) : fileFact(path)
}

function validator(words: readonly string[]): Script {
  return sh`${words} "$1"`
}
