import * as z from 'zod'
import { interfaceName, secret } from 'haq'
import { address, command, familyOf, label, mistakes, seconds, tracked, whole, word, type Mistake } from './words.ts'

const virtualAddress = z.strictObject({
  address: address.describe('the virtual IP, IPv4 or IPv6'),
  prefix: whole(0, 128).optional().describe('length of its prefix in bits, 0 to 32 or 128; the longest when left out'),
  dev: interfaceName.optional().describe("interface that holds it; the instance's when left out"),
  label: label.optional().describe('label of an IPv4 address, such as eth1:vip, at most 15 characters'),
})

// Each of these characters means something to keepalived; it would hash another password than the one that was meant.
const illegalInPassword = /[^\x21-\x7e]|["'\\{}!#$]/

const authentication = z.strictObject({
  type: z
    .enum(['PASS', 'AH'], { error: "takes 'PASS' or 'AH'" })
    .default('PASS')
    .describe('PASS sends the password in clear; AH signs with it and is seldom wanted'),
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

/** A virtual router. @see keepalived.conf(5), VRRP instance(s) */
export const vrrpInstance = z
  .strictObject({
    name: word.describe('name of the instance, such as VI_1'),
    state: z
      .enum(['MASTER', 'BACKUP'], { error: "takes 'MASTER' or 'BACKUP'" })
      .default('BACKUP')
      .describe('state to start in; BACKUP on every node is what nopreempt needs'),
    interface: interfaceName.describe('interface that adverts are sent on'),
    virtualRouterId: whole(1, 255).describe(
      'VRID: 1 to 255, the same on every node, unlike every other router on the segment',
    ),
    priority: whole(1, 254).describe('1 to 254; the highest becomes master; another one on every node'),
    version: z
      .union([z.literal(2), z.literal(3)], { error: 'takes 2 or 3' })
      .default(2)
      .describe('VRRP version, the same on every node; IPv6 is always 3; only 3 has adverts below a second'),
    advertInt: seconds(0.01, 255)
      .default(1)
      .describe('seconds between adverts: whole ones up to 255 in version 2, hundredths up to 40.95 in version 3'),
    nopreempt: z.boolean().default(false).describe('a node of higher priority that returns leaves the master in place'),
    preemptDelay: seconds(0, 1000)
      .optional()
      .describe('seconds to wait before taking over from a lower priority, 0 to 1000'),
    authentication: authentication.optional().describe('password in adverts; VRRP version 2 only'),
    virtualAddresses: z
      .array(virtualAddress)
      .min(1, { error: 'takes at least one virtual address' })
      .describe('addresses that the master holds, all of one family'),
    trackScripts: z
      .array(tracked(word))
      .default([])
      .describe('names of scripts, or {name, weight}, whose failure takes the instance down or changes its priority'),
    trackProcesses: z
      .array(tracked(word))
      .default([])
      .describe('names of trackProcesses, or {name, weight}, whose end does the same'),
    trackInterfaces: z
      .array(tracked(interfaceName))
      .default([])
      .describe('other interfaces, or {name, weight}, whose failure does the same; its own is always tracked'),
    unicastSrcIp: address.optional().describe('own address that unicast adverts are sent from'),
    unicastPeers: z
      .array(address)
      .default([])
      .describe('addresses of the other nodes, for networks that carry no multicast'),
    notify: command.optional().describe('run at every change, with type, name, new state and priority as arguments'),
    notifyMaster: command.optional().describe('run when it becomes master'),
    notifyBackup: command.optional().describe('run when it becomes backup'),
    notifyFault: command.optional().describe('run when it enters the fault state'),
    notifyStop: command.optional().describe('run when keepalived stops'),
    smtpAlert: z.boolean().optional().describe('mail every change of state to notificationEmail'),
  })
  .check(mistakes(instanceMistakes))

export type VrrpInstance = z.output<typeof vrrpInstance>

/** What keepalived would drop, change or mis-run in one instance. */
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
      message: 'delays a preemption, and nopreempt rules it out: leave out one of the two',
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
        message: 'takes the family of the first one: IPv6 needs an instance of its own',
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
      message: 'takes the addresses of the other nodes: unicastSrcIp alone means multicast',
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
