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
 * How soon a RabbitMQ node gives up another one whose host is gone. Publishers to mirrored queues wait until then. A host
 * that is only busy goes on acknowledging, as its kernel does that; so this may be short where `netTicktime` of
 * `rabbitConf`, which counts the words of the node itself, may not. It acts while something is to be sent, if only one of
 * the four ticks of a `netTicktime`.
 *
 * It needs advanced.config for itself: one that somebody else wrote is refused. It is read when the broker starts:
 * `notify: [rabbitRestart({})]`.
 *
 * @see tcp(7), TCP_USER_TIMEOUT; kernel(6) of Erlang/OTP, inet_dist_connect_options and inet_dist_listen_options
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
      .describe('seconds for which what was sent to another node may stay unacknowledged'),
    state: presence,
  }),
  facts: () => ({ conf: file(path), folder: file(configFolder) }),
  plan: ({ userTimeout, state }, { conf, folder }) => {
    if (state === 'absent') return isOurs(conf) === false ? [] : removeFile(file(path), path, conf)
    const wanted = { path, content: render(userTimeout), mode: '0644', owner: 'root', group: 'root' }
    return [
      require(`${path} is not somebody else's`, isOurs(conf), {
        otherwise: `${path} is there already, and was not written by haq`,
        hint: 'write into it by hand what this task would, or move what it says into rabbitmq.conf and remove it',
      }),
      ...makeFolder(configFolder, folder),
      ...convergeFile(file(path), wanted, conf),
    ]
  },
})

/** Whether the file is this module's, or there is none. */
function isOurs(conf: FileState | Absent | Unknown): boolean | Unknown {
  if (!isKnown(conf)) return unknown
  return conf === absent || ('content' in conf && conf.content.startsWith(head))
}

/** The socket option by its numbers, as Erlang has no name for it: IPPROTO_TCP, TCP_USER_TIMEOUT, milliseconds. */
function render(seconds: number): string {
  const options = `[{raw, 6, 18, <<${Math.round(seconds * 1000)}:32/native>>}]`
  return `${head}[{kernel, [
  {inet_dist_connect_options, ${options}},
  {inet_dist_listen_options, ${options}}
]}].
`
}
