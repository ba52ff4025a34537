import {
  absent,
  convergeFile,
  defineModule,
  file,
  isKnown,
  ownAddresses,
  removeFile,
  require,
  sh,
  sysctls,
  unknown,
  type Absent,
  type ByteString,
  type Fact,
  type Unknown,
} from 'haq'
import { scriptSafety } from './script-safety.ts'
import { keepalivedParams, type KeepalivedParams } from './keepalivedConf/params.ts'
import { renderConf } from './keepalivedConf/render.ts'
import {
  loopRequirements,
  rootPrograms,
  scriptRequirement,
  unicastRequirements,
} from './keepalivedConf/requirements.ts'
import { backupOnlySysctl } from '../lvs/backup-only.ts'

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
 * keepalived would silently drop or change is refused before any host is touched; so is, on the host, what would make a
 * director that is also a real server balance twice, and a script that keepalived would disable.
 *
 * The file is root's, and 0640 while it holds a password. Reload the service by a handler: `notify: [service(…)]`. A
 * reload takes over all that there is here, in 2.2 and 2.3 alike: keepalived itself names the seven settings that need a
 * restart ("Cannot change … at a reload"): net_namespace, net_namespace_ipvs, instance, nftables, nftables_ipvs,
 * tmp_config_directory and disable_local_igmp, and none of them is among these parameters. Another VRRP version or interval,
 * and a sync daemon that comes with a reload, were seen to be taken over without the master moving; nodes with different
 * VRRP versions don't hear each other, so that all of them are to be reloaded close together.
 *
 * @see keepalived.conf(5), keepalived(8)
 */
export const keepalivedConf = defineModule({
  name: 'keepalivedConf',
  summary: 'Write keepalived.conf (VRRP and LVS), validated by keepalived before it replaces the old file',
  params: keepalivedParams,
  facts: params => ({
    conf: file(params.path),
    program,
    own: ownAddresses(params.instances.flatMap(i => i.virtualAddresses.map(({ address }) => address))),
    backupOnly: sysctls([backupOnlySysctl]),
    ...Object.fromEntries(rootPrograms(params).map(path => [`script ${path}`, scriptSafety(path)])),
  }),
  plan: (params, facts) => {
    const { path, state } = params
    const { conf, program, own, backupOnly } = facts
    const scripts = facts as Readonly<Record<string, readonly string[] | Absent | Unknown>>
    if (state === 'absent') return removeFile(file(path), path, conf, { mask })
    return [
      require('keepalived is installed', isKnown(program) ? program !== absent : unknown, {
        otherwise: 'keepalived is not installed: there is nothing that could check or use its configuration',
        hint: "Install it in an earlier task: packages({ names: ['keepalived'] }).",
      }),
      ...loopRequirements(params, own, backupOnly),
      ...unicastRequirements(params, own),
      ...rootPrograms(params).map(path => scriptRequirement(path, scripts[`script ${path}`] ?? absent)),
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
