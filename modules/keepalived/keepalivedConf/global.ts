import * as z from 'zod'
import { interfaceName } from 'haq'
import { command, port, processName, seconds, user, whole, word } from './words.ts'

const garpCount = whole(1, 1000)
const garpDelay = whole(0, 86_400, 'seconds')

/** What the `global_defs` block says. @see keepalived.conf(5), Global definitions */
export const globalDefs = z.strictObject({
  routerId: word.optional().describe("name of this host in mails and logs; the host's own name when left out"),
  enableScriptSecurity: z
    .boolean()
    .default(true)
    .describe('run no script as root that somebody else could change; needed as soon as there is any script'),
  scriptUser: user
    .default('root')
    .describe(
      "user, or 'user group', that scripts run as; with script security on, root is safe for scripts of root's",
    ),
  notificationEmail: z.array(word).min(1).optional().describe('addresses that alerts are mailed to'),
  notificationEmailFrom: word.optional().describe('sender of alerts; keepalived@HOSTNAME when left out'),
  smtpServer: word.optional().describe('address or name of the mail server; a name must resolve on the host'),
  smtpPort: port.default(25).describe('port of the mail server'),
  smtpConnectTimeout: whole(1, 3600, 'seconds').optional().describe('seconds to wait for the mail server, 1 to 3600'),
  smtpAlert: z.boolean().optional().describe('mail every change of state, where an instance does not say otherwise'),
  vrrpGarpMasterDelay: garpDelay
    .optional()
    .describe('seconds until the second set of gratuitous ARPs after becoming master; 0 for none; keepalived has 5'),
  vrrpGarpMasterRepeat: garpCount
    .optional()
    .describe('gratuitous ARPs in a set after becoming master; keepalived has 5'),
  vrrpGarpMasterRefresh: garpDelay
    .optional()
    .describe('seconds between gratuitous ARPs while master; 0, as keepalived has it, for none'),
  vrrpGarpMasterRefreshRepeat: garpCount
    .optional()
    .describe('gratuitous ARPs at each refresh while master; keepalived has 1'),
  vrrpGarpLowerPrioDelay: garpDelay
    .optional()
    .describe('seconds until the second set of gratuitous ARPs after an advert of lower priority'),
  vrrpGarpLowerPrioRepeat: garpCount.optional().describe('gratuitous ARPs in a set after an advert of lower priority'),
  vrrpHigherPrioSendAdvert: z
    .boolean()
    .default(false)
    .describe(
      'a master that meets a higher one says so before it gives way, and the other one sends gratuitous ARPs: after both were masters, clients would go on to the wrong one',
    ),
  vrrpGarpInterval: seconds(0.000_001, 100).optional().describe('seconds between two gratuitous ARPs on an interface'),
  vrrpCheckUnicastSrc: z
    .boolean()
    .default(false)
    .describe('in unicast mode, take adverts only from the peers that are named'),
  vrrpSkipCheckAdvAddr: z
    .boolean()
    .default(false)
    .describe('skip the check of addresses in an advert from the same master as the one before'),
  vrrpPriority: whole(-20, 19)
    .optional()
    .describe(
      'nice value of the process that sends and hears adverts, -20 (first) to 19; for hosts too busy for their adverts',
    ),
  vrrpStrict: z
    .literal(false, {
      error:
        'takes false: vrrp_strict drops what clients send to the virtual addresses, and refuses unicast peers and passwords',
    })
    .default(false)
    .describe('only false: vrrp_strict would drop what clients send to the virtual addresses'),
  dynamicInterfaces: z.boolean().default(false).describe('start also where an interface does not exist yet'),
  lvsSyncDaemon: z
    .strictObject({
      interface: interfaceName.describe('interface that connections are synchronised over'),
      instance: word.describe('instance whose state, master or backup, the daemon follows'),
      id: whole(0, 255).optional().describe("number of the daemon, 0 to 255; the instance's VRID when left out"),
    })
    .optional()
    .describe('keep the IPVS connections of both directors the same'),
  lvsFlush: z.boolean().default(false).describe('clear what IPVS holds when keepalived starts'),
  lvsFlushOnStop: z.boolean().default(false).describe('clear what IPVS holds when keepalived stops'),
})

/** A check whose result moves the virtual addresses. @see keepalived.conf(5), VRRP script(s) */
export const vrrpScript = z.strictObject({
  name: word.describe('name that instances track it by'),
  script: command.describe('absolute path and arguments; exit status 0 is good'),
  interval: whole(1, 4294, 'seconds').default(1).describe('seconds between two runs, 1 to 4294'),
  timeout: whole(1, 4294, 'seconds')
    .optional()
    .describe('seconds after which a run has failed; the interval if left out'),
  weight: whole(-253, 253)
    .default(0)
    .describe('points added to (above 0) or taken off (below 0) the priority, -253 to 253; 0 means FAULT on failure'),
  rise: whole(1, 1_000_000).default(1).describe('good runs in a row that make it good again'),
  fall: whole(1, 1_000_000).default(1).describe('bad runs in a row that make it bad'),
  user: user.optional().describe("user, or 'user group', that it runs as; scriptUser when left out"),
  initFail: z.boolean().default(false).describe('count as bad until the first good runs'),
})

/**
 * A process whose end moves the virtual addresses. The kernel says so at once (its proc connector), where a script is run
 * at intervals; inside of a container it says nothing. @see keepalived.conf(5), VRRP track processes
 */
export const vrrpTrackProcess = z.strictObject({
  name: word.describe('name that instances track it by'),
  process: processName.describe('absolute path of the program, or its bare name, such as beam.smp'),
  quorum: whole(1, 65_535).default(1).describe('how many of its processes must be there'),
  delay: seconds(0, 3600).optional().describe('seconds until a change counts, 0 to 3600; at once when left out'),
  weight: whole(-253, 253)
    .default(0)
    .describe('points added to (above 0) or taken off (below 0) the priority, -253 to 253; 0 means FAULT without it'),
})

export type GlobalDefs = z.output<typeof globalDefs>
export type VrrpScript = z.output<typeof vrrpScript>
export type VrrpTrackProcess = z.output<typeof vrrpTrackProcess>
