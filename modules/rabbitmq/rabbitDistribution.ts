import * as z from 'zod'
import {
  absent,
  convergeFile,
  defineModule,
  file,
  isKnown,
  presence,
  removeFile,
  require,
  unknown,
  type Absent,
  type FileState,
  type Unknown,
} from 'haq'
import { configFolder, makeFolder } from './shared/folder.ts'

const path = `${configFolder}/advanced.config`
const head = '%% Managed by haq (rabbitDistribution): edits by hand are replaced.\n'

/**
 * Sets how soon a RabbitMQ node considers a cluster peer dead when the peer's host stops acknowledging packets. Until
 * then, publishers to mirrored queues wait. A busy host still acknowledges packets, because its kernel does so.
 * Therefore this timeout may be short, while `netTicktime` of `rabbitConf` may not: `netTicktime` waits for messages
 * of the node itself. The timeout starts when a node has something to send, at the latest with one of the four ticks
 * of a `netTicktime`.
 *
 * The module writes the whole file advanced.config. A file that was written by somebody else is refused. The broker
 * reads the file when it starts: `notify: [rabbitRestart({})]`.
 *
 * @see tcp(7), TCP_USER_TIMEOUT; kernel(6) of Erlang/OTP, inet_dist_connect_options and inet_dist_listen_options
 *
 * @example
 * ```ts
 * rabbitDistribution({ userTimeout: 5 }, { notify: [rabbitRestart({})] })
 * ```
 */
export const rabbitDistribution = defineModule({
  name: 'rabbitDistribution',
  summary: 'Detect a dead cluster peer within seconds (TCP user timeout on Erlang distribution)',
  params: z.object({
    userTimeout: z
      .number()
      .min(1)
      .max(3600)
      .default(5)
      .describe('seconds for which data sent to another node may stay unacknowledged'),
    state: presence,
  }),
  facts: () => ({ conf: file(path), folder: file(configFolder) }),
  plan: ({ userTimeout, state }, { conf, folder }) => {
    if (state === 'absent') return isOurs(conf) === false ? [] : removeFile(path, conf)
    const wanted = {
      path,
      content: render(userTimeout),
      mode: '0644',
      owner: 'root',
      group: 'root',
      holdsSecrets: isOurs(conf) !== true,
    }
    return [
      require(`${path} was written by haq, or is absent`, isOurs(conf), {
        otherwise: `${path} exists, but was not written by haq`,
        hint: "add the setting to the file by hand, or move the file's settings into rabbitmq.conf and remove the file",
      }),
      ...makeFolder(configFolder, folder),
      ...convergeFile(file(path), wanted, conf),
    ]
  },
})

/** Whether the file was written by this module or is absent. */
function isOurs(conf: FileState | Absent | Unknown): boolean | Unknown {
  if (!isKnown(conf)) return unknown
  return conf === absent || ('content' in conf && conf.content.startsWith(head))
}

/** The socket option by its numbers, because Erlang has no name for it: IPPROTO_TCP, TCP_USER_TIMEOUT, milliseconds. */
function render(seconds: number): string {
  const options = `[{raw, 6, 18, <<${Math.round(seconds * 1000)}:32/native>>}]`
  return `${head}[{kernel, [
  {inet_dist_connect_options, ${options}},
  {inet_dist_listen_options, ${options}}
]}].
`
}
