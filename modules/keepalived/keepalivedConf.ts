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

/**
 * The path of the keepalived program. Absent if keepalived is not installed. A user other than root may not have its
 * directory in PATH.
 */
const program: Fact<string | Absent> = {
  key: 'program:keepalived',
  script: sh`PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
command -v keepalived || :`,
  parse: stdout => stdout.trim() || absent,
}

/**
 * Manages keepalived.conf as a whole file: a setting that is not among the parameters is not in the file. keepalived
 * checks the new file before it replaces the old one. Interfaces and check scripts must therefore exist on the host by
 * then. Parameters that keepalived would silently drop or change are refused before haq connects to any host. Two
 * further mistakes are refused on the host: a director that is also a real server and would balance connections a
 * second time, and a script that keepalived would disable.
 *
 * The file belongs to root. Its mode is 0640 if it contains a password. Reload the service with a handler: `notify:
 * [service(…)]`. A reload applies all parameters, with keepalived 2.2 and 2.3. keepalived itself names seven settings
 * that need a restart ("Cannot change … at a reload"): net_namespace, net_namespace_ipvs, instance, nftables,
 * nftables_ipvs, tmp_config_directory and disable_local_igmp. None of them is among the parameters. In tests, a reload
 * also applied another VRRP version, another advert interval, and an added sync daemon, and the master did not change.
 * Nodes with different VRRP versions ignore each other's adverts, so reload all nodes at nearly the same time.
 *
 * @see keepalived.conf(5), keepalived(8)
 *
 * @example
 * ```ts
 * keepalivedConf(
 *   {
 *     instances: [
 *       {
 *         name: 'VI_1',
 *         state: 'BACKUP',
 *         nopreempt: true,
 *         interface: 'eth1',
 *         virtualRouterId: 60,
 *         priority: 100,
 *         virtualAddresses: [{ address: '192.168.1.120', prefix: 32 }],
 *       },
 *     ],
 *     virtualServers: [
 *       {
 *         address: '192.168.1.120',
 *         port: 5672,
 *         lbAlgo: 'rr',
 *         lbKind: 'DR',
 *         realServers: group('rabbit').map(({ address }) => ({
 *           address,
 *           checks: [{ type: 'tcp' }],
 *         })),
 *       },
 *     ],
 *   },
 *   { notify: [service({ name: 'keepalived', state: 'reloaded' })] },
 * )
 * ```
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
    if (state === 'absent') return removeFile(path, conf, { mask, holdsSecrets: true })
    return [
      require('keepalived is installed', isKnown(program) ? program !== absent : unknown, {
        otherwise: 'keepalived is not installed, so nothing could check or use its configuration',
        hint: "Install it in an earlier task: packages({ names: ['keepalived'] }).",
      }),
      ...loopRequirements(params, own, backupOnly),
      ...unicastRequirements(params, own),
      ...rootPrograms(params).map(path => scriptRequirement(path, scripts[`script ${path}`] ?? absent)),
      ...convergeFile(
        file(path),
        {
          path,
          content: renderConf(params),
          mode: modeFor(params),
          owner: 'root',
          group: 'root',
          validate,
          mask,
          holdsSecrets: true,
        },
        conf,
      ),
    ]
  },
})

function modeFor({ instances }: KeepalivedParams): string {
  return instances.some(({ authentication }) => authentication) ? '0640' : '0644'
}

/**
 * Masks passwords up to the end of the line. In a file edited by hand, a password may be quoted, contain spaces, or
 * stand in a comment.
 */
function mask(content: ByteString): ByteString {
  return content.replace(/\b(auth_pass|password)([ \t]+)[^\r\n]+/g, '$1$2********')
}

/**
 * Only exit status 0 means a valid file. Other exit statuses differ between versions of keepalived. A warning means
 * that keepalived drops a setting. The first message is printed again at the end, because haq shows the last line as
 * the reason of a failed step.
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
