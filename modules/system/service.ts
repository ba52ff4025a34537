import * as z from 'zod'
import {
  absent,
  isPending,
  defineModule,
  isKnown,
  lines,
  predict,
  require,
  run,
  clearPending,
  sh,
  systemdUnit,
  unknown,
  type Absent,
  type NotEnableable,
  type Plan,
  type Requirement,
  type Step,
  type UnitState,
  type Script,
  type Unknown,
} from 'haq'
import { notMasked } from './masked.ts'
import { attempt } from './attempt.ts'

const params = z.object({
  name: z
    .string()
    .regex(/^[A-Za-z0-9][\w.@:-]*$/, { error: 'takes the name of a unit, such as nginx or nginx.service' })
    .refine(name => !/@(\.\w+)?$/.test(name), { error: 'takes an instance of a template, such as worker@1' })
    .describe('the systemd unit; the suffix .service may be left out'),
  state: z
    .enum(['running', 'stopped', 'restarted', 'reloaded'])
    .optional()
    .describe(
      'the wanted state; restarted and reloaded are for handlers, and act only if a task has notified the handler',
    ),
  enabled: z.boolean().optional().describe('whether the service starts at boot'),
})

type Params = z.output<typeof params>
type Unit = UnitState | Absent | Unknown

/**
 * Manages a systemd service: running or stopped, enabled or disabled at boot. As a handler it restarts or reloads the
 * service. A service that is not installed counts as stopped and disabled.
 *
 * @see systemctl(1)
 *
 * @example
 * ```ts
 * service({ name: 'rabbitmq-server', state: 'running', enabled: true })
 * ```
 */
export const service = defineModule({
  name: 'service',
  summary: 'Manage a systemd service: running or stopped, enabled or disabled; restart or reload it as a handler',
  params,
  title: ({ name, state }) => [name, state].filter(Boolean).join(' '),
  handlerId: params => (isHandler(params) ? pendingHandlerName(params) : undefined),
  facts: params => ({ unit: systemdUnit(unitName(params.name)), pending: isPending(pendingHandlerName(params)) }),
  plan: (params, { unit, pending }) =>
    isHandler(params) ? handlerPlan(params, unit, pending) : servicePlan(params, unit),
})

function isHandler({ state }: Params): boolean {
  return state === 'restarted' || state === 'reloaded'
}

/** The name under which the host records a pending restart or reload. */
export function pendingHandlerName({ name, state }: Pick<Params, 'name' | 'state'>): string {
  return `service-${name}-${state}`
}

function unitName(name: string): string {
  return unitKinds.test(name) ? name : `${name}.service`
}

/**
 * A stopped service reads its new configuration when it starts. A missing service has nothing to restart. A handler
 * starts neither of them.
 */
function handlerPlan(params: Params, unit: Unit, pending: boolean | Unknown): Plan {
  if (pending === false) return []
  const { name, state } = params
  const verb = state === 'restarted' ? 'try-restart' : 'try-reload-or-restart'
  const script = clearPending(pendingHandlerName(params))
  return [
    run({
      change: { what: `service ${name}`, from: 'not yet with the change', to: `${state} if it runs` },
      script: unit === absent ? script : lines(whereItIs(unitName(name), attempt(verb, unitName(name))), script),
      undo: { impossible: "a restart or reload can't be undone" },
      predicts: [predict(isPending(pendingHandlerName(params)), false)],
    }),
  ]
}

/**
 * An undo runs the script later, possibly after it has removed the package with the unit. Therefore the script checks
 * whether the unit exists.
 */
function whereItIs(unit: string, script: Script): Script {
  return lines(sh`if systemctl cat ${unit} >/dev/null 2>&1; then`, script, sh`fi`)
}

function servicePlan(params: Params, unit: Unit): Plan {
  const current: UnitState = isKnown(unit)
    ? (unit ?? { active: false, enabled: false })
    : { active: unknown, enabled: unknown }
  const { name, state, enabled } = params
  const active = state === undefined ? undefined : state === 'running'
  const mustSwitch = active !== undefined && current.active !== active
  const mustEnable = enabled !== undefined && typeof current.enabled !== 'string' && current.enabled !== enabled
  const then: UnitState = mustSwitch ? { ...current, active } : current
  return [
    ...(mustSwitch || mustEnable ? [exists(name, unit)] : []),
    ...obstacles(params, current),
    ...(mustSwitch
      ? [
          step(
            params,
            'service',
            current.active === 'changing' ? 'starting or stopping' : word(current.active, 'running', 'stopped'),
            active ? ['running', 'start', 'stop'] : ['stopped', 'stop', 'start'],
            then,
          ),
        ]
      : []),
    ...(mustEnable
      ? [
          step(
            params,
            'boot of',
            word(current.enabled, 'enabled', 'disabled'),
            enabled ? ['enabled', 'enable', 'disable'] : ['disabled', 'disable', 'enable'],
            { ...then, enabled },
          ),
        ]
      : []),
  ]
}

/** Refuses states that the unit can never reach, before anything is changed. */
function obstacles(params: Params, unit: UnitState): readonly Requirement[] {
  const { name, state } = params
  const { masked, oneshot } = unit
  return [
    ...notEnableable(params, unit),
    ...notMasked(name, masked && (state === 'running' || params.enabled), "can't be started or enabled"),
    ...(unit.offline && state === 'running'
      ? [
          require('systemd runs on the host', false, {
            otherwise: `systemd does not run on this host, so ${name} can't be started`,
            hint: 'leave state out and set enabled: the service then starts when the host boots',
            final: true,
          }),
        ]
      : []),
    ...(oneshot && state === 'running'
      ? [
          require(`${name} stays running`, false, {
            otherwise: `${name} does not stay running: it is a oneshot service without RemainAfterExit`,
            hint: 'leave state out and set enabled, or run the unit with a command task',
            final: true,
          }),
        ]
      : []),
  ]
}

/** Why `systemctl enable` does nothing for a unit, and what starts the unit instead. */
const reasons: Readonly<Record<NotEnableable, readonly [reason: string, hint: string]>> = {
  static: [
    'its unit file has no [Install] section',
    'leave enabled out: the units that need it start it (systemctl list-dependencies --reverse shows them)',
  ],
  indirect: [
    'its unit file only enables other units',
    'enable the units of its Also= line instead, such as its socket',
  ],
  alias: ['it is another name of a unit', 'use the name of the unit itself, which systemctl status shows'],
  transient: ['it was made at run time and is gone after a reboot', 'install a unit file in an earlier task'],
  'no file': ['it has no unit file and is gone after a reboot', 'install a unit file in an earlier task'],
}

/** A unit that can't be enabled may or may not start at boot: nobody can promise that it does, or that it does not. */
function notEnableable({ name, enabled }: Params, unit: UnitState): readonly Requirement[] {
  if (enabled === undefined || typeof unit.enabled !== 'string' || unit.masked) return []
  if (!enabled && !unit.wanted) return []
  const [reason, hint] = reasons[unit.enabled]
  const otherwise = enabled
    ? `${name} can't be enabled: ${reason}`
    : `${name} can't be disabled: ${reason}, and other units start it`
  return [
    require(`${name} can be ${enabled ? 'enabled' : 'disabled'}`, false, {
      otherwise,
      hint: enabled ? hint : `to keep it from starting: systemctl mask ${name}`,
      final: true,
    }),
  ]
}

function exists(name: string, unit: Unit): Requirement {
  return require(`the host has a service ${name}`, isKnown(unit) ? unit !== absent : unknown, {
    otherwise: `the host has no service ${name}`,
    hint: 'install the package of the service in an earlier task',
  })
}

function step(
  { name }: Params,
  what: string,
  from: string,
  [to, verb, back]: readonly [to: string, verb: string, back: string],
  then: UnitState,
): Step {
  const unit = unitName(name)
  const change = { what: `${what} ${name}`, from, to }
  return run({
    change,
    script: attempt(verb, unit),
    undo:
      from === 'unknown' || from === 'starting or stopping'
        ? { impossible: 'the previous state is not known' }
        : { change: { ...change, from: to, to: from }, script: attempt(back, unit) },
    predicts: [predict(systemdUnit(unit), then)],
  })
}

/** The unit types that may be named in full. Any other name is the name of a service. */
const unitKinds = /\.(service|socket|timer|target|path|mount|automount|swap|slice|scope|device)$/

function word(value: boolean | string | Unknown, yes: string, no: string): string {
  return isKnown(value) ? (value ? yes : no) : 'unknown'
}
