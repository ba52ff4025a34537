import * as z from 'zod'
import { interfaceName, secret } from 'haq'
import { address, command, familyOf, label, mistakes, seconds, tracked, whole, word, type Mistake } from './words.ts'

const virtualAddress = z.strictObject({
  address: address.describe('the virtual IP, IPv4 or IPv6'),
  prefix: whole(0, 128).optional().describe('prefix length in bits, 0 to 32 or 128; left out, the longest'),
  dev: interfaceName.optional().describe('interface that gets the address; left out, the interface of the instance'),
  label: label.optional().describe('label of an IPv4 address, such as eth1:vip, at most 15 characters'),
})

// Each of these characters has a meaning for keepalived: its password would differ from the one in the parameter.
const illegalInPassword = /[^\x21-\x7e]|["'\\{}!#$]/

const authentication = z.strictObject({
  type: z
    .enum(['PASS', 'AH'], { error: "takes 'PASS' or 'AH'" })
    .default('PASS')
    .describe('PASS sends the password in clear text; AH signs adverts with it and is rarely used'),
  pass: secret()
    .refine(pass => pass.reveal() !== '', { error: 'takes a password of 1 to 8 characters' })
    .refine(pass => pass.reveal().length <= 8, {
      error: 'takes at most 8 characters: keepalived would cut off the rest',
    })
    .refine(pass => !illegalInPassword.test(pass.reveal()), {
      error: 'takes visible ASCII without quotes, backslashes, braces and ! # $, which mean something to keepalived',
    })
    .describe('the same password of 1 to 8 characters on every node'),
})

/** The parameters of a VRRP instance, which is a virtual router. @see keepalived.conf(5), VRRP instance(s) */
export const vrrpInstance = z
  .strictObject({
    name: word.describe('name of the instance, such as VI_1'),
    state: z
      .enum(['MASTER', 'BACKUP'], { error: "takes 'MASTER' or 'BACKUP'" })
      .default('BACKUP')
      .describe('initial state; nopreempt needs BACKUP on every node'),
    interface: interfaceName.describe('interface for VRRP adverts'),
    virtualRouterId: whole(1, 255).describe(
      'VRID, 1 to 255: the same on every node, and used by no other virtual router on the network segment',
    ),
    priority: whole(1, 254).describe(
      'VRRP priority, 1 to 254: different on every node; the running node with the highest priority becomes master',
    ),
    version: z
      .union([z.literal(2), z.literal(3)], { error: 'takes 2 or 3' })
      .default(2)
      .describe(
        'VRRP version, the same on every node; IPv6 always uses 3; only 3 allows adverts more often than every second',
      ),
    advertInt: seconds(0.01, 255)
      .default(1)
      .describe(
        'seconds between adverts: whole seconds up to 255 in version 2, steps of 0.01 up to 40.95 in version 3',
      ),
    nopreempt: z
      .boolean()
      .default(false)
      .describe('a returning node with a higher priority does not replace the current master'),
    preemptDelay: seconds(0, 1000)
      .optional()
      .describe('seconds to wait before replacing a master of lower priority, 0 to 1000'),
    authentication: authentication.optional().describe('password in adverts, only for VRRP version 2'),
    virtualAddresses: z
      .array(virtualAddress)
      .min(1, { error: 'takes at least one virtual address' })
      .describe('virtual IPs that the master holds, all IPv4 or all IPv6'),
    trackScripts: z
      .array(tracked(word))
      .prefault([])
      .describe(
        'names of scripts, or {name, weight}: if one fails, the instance goes to FAULT or changes its priority',
      ),
    trackProcesses: z
      .array(tracked(word))
      .prefault([])
      .describe(
        'names of trackProcesses, or {name, weight}: if one ends, the instance goes to FAULT or changes its priority',
      ),
    trackInterfaces: z
      .array(tracked(interfaceName))
      .prefault([])
      .describe(
        "other interfaces, or {name, weight}: if one fails, the instance goes to FAULT or changes its priority; the instance's own interface is always tracked",
      ),
    unicastSrcIp: address.optional().describe('source address of unicast adverts: an address of this host'),
    unicastPeers: z
      .array(address)
      .default([])
      .describe('addresses of the other nodes, for unicast adverts on networks without multicast'),
    notify: command
      .optional()
      .describe('command to run at every change of state; its arguments are type, name, new state and priority'),
    notifyMaster: command.optional().describe('command to run when the instance becomes master'),
    notifyBackup: command.optional().describe('command to run when the instance becomes backup'),
    notifyFault: command.optional().describe('command to run when the instance enters the fault state'),
    notifyStop: command.optional().describe('command to run when keepalived stops'),
    smtpAlert: z.boolean().optional().describe('send a mail to notificationEmail at every change of state'),
  })
  .check(mistakes(instanceMistakes))

export type VrrpInstance = z.output<typeof vrrpInstance>

/** Refuses what keepalived would drop, change or run wrongly in an instance. */
function* instanceMistakes(instance: VrrpInstance): Iterable<Mistake> {
  yield* preemptionMistakes(instance)
  yield* versionMistakes(instance)
  yield* addressMistakes(instance)
  yield* unicastMistakes(instance)
  for (const [index, { name }] of instance.trackInterfaces.entries())
    if (name === instance.interface)
      yield {
        path: ['trackInterfaces', index],
        message: "takes other interfaces: the instance's own is always tracked",
      }
}

function* preemptionMistakes({ state, nopreempt, preemptDelay }: VrrpInstance): Iterable<Mistake> {
  if (nopreempt && state === 'MASTER')
    yield {
      path: ['nopreempt'],
      message: "works only with state 'BACKUP', on every node: keepalived drops it where the state is 'MASTER'",
    }
  if (preemptDelay === undefined) return
  if (nopreempt)
    yield {
      path: ['preemptDelay'],
      message: 'delays a preemption, but nopreempt prevents it: leave out one of the two',
    }
  if (state === 'MASTER')
    yield {
      path: ['preemptDelay'],
      message: "works only with state 'BACKUP': keepalived drops it where the state is 'MASTER'",
    }
}

function* versionMistakes({ version, advertInt, authentication, virtualAddresses }: VrrpInstance): Iterable<Mistake> {
  const isV3 = version === 3 || virtualAddresses.some(({ address }) => familyOf(address) === 6)
  if (isV3 && authentication)
    yield {
      path: ['authentication'],
      message: 'exists only in VRRP version 2: leave it out with version 3 and with IPv6',
    }
  if (!isV3 && !Number.isInteger(advertInt))
    yield {
      path: ['advertInt'],
      message:
        'takes whole seconds in VRRP version 2: fractions need version 3 on every node, which has no authentication',
    }
  if (isV3 && advertInt > 40.95)
    yield { path: ['advertInt'], message: 'takes seconds from 0.01 to 40.95 in VRRP version 3' }
  if (isV3 && Math.abs(advertInt * 100 - Math.round(advertInt * 100)) > 1e-6)
    yield { path: ['advertInt'], message: 'takes hundredths of a second, no finer' }
}

function* addressMistakes({ virtualAddresses }: VrrpInstance): Iterable<Mistake> {
  const family = familyOf(virtualAddresses[0]?.address ?? '')
  for (const [index, vip] of virtualAddresses.entries()) {
    const path = ['virtualAddresses', index]
    const own = familyOf(vip.address)
    if (own !== 0 && family !== 0 && own !== family)
      yield {
        path: [...path, 'address'],
        message: 'takes the family of the first address: IPv6 needs a separate instance',
      }
    if (own === 4 && (vip.prefix ?? 0) > 32)
      yield { path: [...path, 'prefix'], message: 'takes a whole number from 0 to 32 for an IPv4 address' }
    if (own === 6 && vip.label !== undefined)
      yield { path: [...path, 'label'], message: 'belongs to IPv4 addresses only: leave it out' }
  }
}

function* unicastMistakes({ unicastSrcIp, unicastPeers, virtualAddresses }: VrrpInstance): Iterable<Mistake> {
  if (unicastSrcIp !== undefined && unicastPeers.length === 0)
    yield {
      path: ['unicastPeers'],
      message: 'takes the addresses of the other nodes: unicastSrcIp alone keeps multicast',
    }
  const family = familyOf(virtualAddresses[0]?.address ?? '')
  const wrong = (address: string): boolean => family !== 0 && familyOf(address) !== 0 && familyOf(address) !== family
  const message = 'takes an address of the same family as the virtual addresses'
  if (unicastSrcIp !== undefined && wrong(unicastSrcIp)) yield { path: ['unicastSrcIp'], message }
  for (const [index, peer] of unicastPeers.entries()) {
    if (wrong(peer)) yield { path: ['unicastPeers', index], message }
    if (peer === unicastSrcIp)
      yield { path: ['unicastPeers', index], message: "takes the other nodes' addresses, not unicastSrcIp" }
  }
}
