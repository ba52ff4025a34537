import {
  absent,
  convergeFile,
  defineModule,
  file,
  isKnown,
  removeFile,
  require,
  sh,
  unknown,
  type Absent,
  type ByteString,
  type Fact,
} from 'haq'
import { keepalivedParams, type KeepalivedParams } from './keepalivedConf/params.ts'
import { renderConf } from './keepalivedConf/render.ts'

/** Where the daemon is; absent where it is not installed. Users other than root may not have its folder in their PATH. */
const program: Fact<string | Absent> = {
  key: 'program:keepalived',
  script: sh`PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
command -v keepalived || :`,
  parse: stdout => stdout.trim() || absent,
}

/**
 * keepalived's configuration, as a whole: what the parameters don't say is not in the file. keepalived itself checks the
 * new file before it takes the old one's place, so interfaces and check scripts must be on the host by then. What
 * keepalived would silently drop or change is refused before any host is touched.
 *
 * The file is root's, and 0640 while it holds a password. Reload the service by a handler: `notify: [service(…)]`.
 *
 * @see keepalived.conf(5), keepalived(8)
 */
export const keepalivedConf = defineModule({
  name: 'keepalivedConf',
  summary: 'Write keepalived.conf (VRRP and LVS), checked by keepalived before it replaces the old one',
  params: keepalivedParams,
  facts: ({ path }) => ({ conf: file(path), program }),
  plan: (params, { conf, program }) => {
    const { path, state } = params
    if (state === 'absent') return removeFile(file(path), path, conf, { mask })
    return [
      require('keepalived is installed', isKnown(program) ? program !== absent : unknown, {
        otherwise: 'keepalived is not installed: there is nothing that could check or use its configuration',
        hint: "Install it in an earlier task: packages({ names: ['keepalived'] }).",
      }),
      ...convergeFile(
        file(path),
        { path, content: renderConf(params), mode: modeFor(params), owner: 'root', group: 'root', validate, mask },
        conf,
      ),
    ]
  },
})

function modeFor({ instances }: KeepalivedParams): string {
  return instances.some(({ authentication }) => authentication) ? '0640' : '0644'
}

/** Masks passwords to the end of the line: a file written by hand may have them quoted, with spaces, or in a comment. */
function mask(content: ByteString): ByteString {
  return content.replace(/\b(auth_pass|password)([ \t]+)[^\r\n]+/g, '$1$2********')
}

/**
 * Only status 0 is good: what else there is differs between versions, and a warning is a setting that keepalived drops.
 * The first message is said again at the end, which is where a failed step looks for its reason.
 *
 * @see keepalived(8), --config-test and exit status
 */
const validate = sh`PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
status=0
messages=$(keepalived --config-test --use-file "$1" 2>&1) || status=$?
if [ "$status" != 0 ]; then
  printf '%s\n' "$messages" >&2
  echo "keepalived refuses the new file, so the old one stays (exit status $status): $(printf '%s\n' "$messages" | head -n 1)" >&2
  exit 1
fi`
