import * as z from 'zod'
import { interfaceName } from 'haq'
import { command, port, processName, seconds, user, whole, word } from './words.ts'

const garpCount = whole(1, 1000)
const garpDelay = whole(0, 86_400, 'seconds')

/** The parameters of the `global_defs` block. @see keepalived.conf(5), Global definitions */
export const globalDefs = z.strictObject({
  routerId: word.optional().describe('name of this host in mails and logs; left out, the host name'),
  enableScriptSecurity: z
    .boolean()
    .default(true)
    .describe('run no script as root that another user could change; required if there is any script'),
  scriptUser: user
    .default('root')
    .describe(
      "user, or 'user group', that runs the scripts; with enableScriptSecurity, root is safe for scripts that belong to root",
    ),
  notificationEmail: z.array(word).min(1).optional().describe('mail addresses that get alerts'),
  notificationEmailFrom: word.optional().describe('sender of alerts; left out, keepalived@HOSTNAME'),
  smtpServer: word.optional().describe('address or name of the mail server; a name must resolve on the host'),
  smtpPort: port.default(25).describe('port of the mail server'),
  smtpConnectTimeout: whole(1, 3600, 'seconds').optional().describe('seconds to wait for the mail server, 1 to 3600'),
  smtpAlert: z
    .boolean()
    .optional()
    .describe('send a mail at every change of state, unless the instance says otherwise'),
  vrrpGarpMasterDelay: garpDelay
    .optional()
    .describe(
      "seconds between becoming master and the second set of gratuitous ARPs; 0 sends none; keepalived's default is 5",
    ),
  vrrpGarpMasterRepeat: garpCount
    .optional()
    .describe("number of gratuitous ARPs in a set after becoming master; keepalived's default is 5"),
  vrrpGarpMasterRefresh: garpDelay
    .optional()
    .describe("seconds between repeated gratuitous ARPs of the master; 0 (keepalived's default) sends none"),
  vrrpGarpMasterRefreshRepeat: garpCount
    .optional()
    .describe("number of gratuitous ARPs at each repetition; keepalived's default is 1"),
  vrrpGarpLowerPrioDelay: garpDelay
    .optional()
    .describe('seconds between an advert of lower priority and the second set of gratuitous ARPs'),
  vrrpGarpLowerPrioRepeat: garpCount
    .optional()
    .describe('number of gratuitous ARPs in a set after an advert of lower priority'),
  vrrpHigherPrioSendAdvert: z
    .boolean()
    .default(false)
    .describe(
      'a master that receives an advert of higher priority sends one more advert before it becomes backup, so that the other master sends gratuitous ARPs; otherwise clients could keep the MAC address of the wrong host after a split brain',
    ),
  vrrpGarpInterval: seconds(0.000_001, 100).optional().describe('seconds between two gratuitous ARPs on an interface'),
  vrrpCheckUnicastSrc: z.boolean().default(false).describe('with unicast, accept adverts only from the listed peers'),
  vrrpSkipCheckAdvAddr: z
    .boolean()
    .default(false)
    .describe('do not check the addresses in an advert if the previous advert came from the same master'),
  vrrpPriority: whole(-20, 19)
    .optional()
    .describe(
      'nice value of the VRRP process, -20 (highest priority) to 19; for hosts that are too busy to send adverts in time',
    ),
  vrrpStrict: z
    .literal(false, {
      error:
        'takes false: vrrp_strict drops packets of clients to the virtual IPs, and refuses unicast peers and passwords',
    })
    .default(false)
    .describe('only false: vrrp_strict would drop packets of clients to the virtual IPs'),
  dynamicInterfaces: z.boolean().default(false).describe('start even if an interface does not exist yet'),
  lvsSyncDaemon: z
    .strictObject({
      interface: interfaceName.describe('interface over which connections are synchronised'),
      instance: word.describe('instance that the sync daemon follows: master sends, backup receives'),
      id: whole(0, 255).optional().describe('ID of the sync daemon, 0 to 255; left out, the VRID of the instance'),
    })
    .optional()
    .describe('keep the IPVS connection tables of both directors in sync'),
  lvsFlush: z.boolean().default(false).describe('clear the IPVS table when keepalived starts'),
  lvsFlushOnStop: z.boolean().default(false).describe('clear the IPVS table when keepalived stops'),
})

/** A check whose result can move the virtual IPs. @see keepalived.conf(5), VRRP script(s) */
export const vrrpScript = z.strictObject({
  name: word.describe('name of the script, used in trackScripts'),
  script: command.describe('absolute path and arguments; exit status 0 means success'),
  interval: whole(1, 4294, 'seconds').default(1).describe('seconds between two runs, 1 to 4294'),
  timeout: whole(1, 4294, 'seconds')
    .optional()
    .describe('seconds after which a running script counts as failed; left out, the interval'),
  weight: whole(-253, 253)
    .default(0)
    .describe(
      'points added to the priority (above 0) or subtracted from it (below 0), -253 to 253; 0 means FAULT on failure',
    ),
  rise: whole(1, 1_000_000)
    .default(1)
    .describe('successful runs in a row before the script counts as successful again'),
  fall: whole(1, 1_000_000).default(1).describe('failed runs in a row before the script counts as failed'),
  user: user.optional().describe("user, or 'user group', that runs the script; left out, scriptUser"),
  initFail: z.boolean().default(false).describe('count as failed until the first successful runs'),
})

/**
 * A process whose end can move the virtual IPs. The kernel reports the end at once (proc connector), while a script
 * runs only at intervals. Inside a container the kernel reports nothing.
 *
 * @see keepalived.conf(5), VRRP track processes
 */
export const vrrpTrackProcess = z.strictObject({
  name: word.describe('name of the tracked process, used in trackProcesses'),
  process: processName.describe('absolute path of the program, or only its name, such as beam.smp'),
  quorum: whole(1, 65_535).default(1).describe('minimum number of its processes'),
  delay: seconds(0, 3600)
    .optional()
    .describe('seconds until a change counts, 0 to 3600; left out, a change counts at once'),
  weight: whole(-253, 253)
    .default(0)
    .describe(
      'points added to the priority (above 0) or subtracted from it (below 0), -253 to 253; 0 means FAULT without the process',
    ),
})

export type GlobalDefs = z.output<typeof globalDefs>
export type VrrpScript = z.output<typeof vrrpScript>
export type VrrpTrackProcess = z.output<typeof vrrpTrackProcess>
