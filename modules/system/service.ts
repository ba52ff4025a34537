import * as z from 'zod'
import {
  absent,
  debt,
  defineModule,
  isKnown,
  lines,
  predict,
  require,
  run,
  settle,
  sh,
  systemdUnit,
  unknown,
  type Absent,
  type Plan,
  type Requirement,
  type Step,
  type UnitState,
  type Script,
  type Unknown,
} from 'haq'

const params = z.object({
  name: z
    .string()
    .regex(/^[A-Za-z0-9][\w.@:-]*$/, { error: 'takes the name of a unit, such as nginx or nginx.service' })
    .refine(name => !/@(\.\w+)?$/.test(name), { error: 'takes an instance of a template, such as worker@1' })
    .describe('the systemd unit; .service may be left out'),
  state: z
    .enum(['running', 'stopped', 'restarted', 'reloaded'])
    .optional()
    .describe('restarted and reloaded are for handlers: they act only when a task has notified them'),
  enabled: z.boolean().optional().describe('whether it starts at boot'),
})

type Params = z.output<typeof params>
type Unit = UnitState | Absent | Unknown

/**
 * A systemd service: running or stopped, started at boot or not; as a handler it is restarted or reloaded. A service
 * that the host does not have counts as stopped and disabled.
 *
 * @see systemctl(1)
 */
export const service = defineModule({
  name: 'service',
  summary: 'Manage a systemd service: running or stopped, enabled or disabled; restart or reload it as a handler',
  params,
  title: ({ name, state }) => [name, state].filter(Boolean).join(' '),
  debt: params => (isHandler(params) ? debtName(params) : undefined),
  facts: params => ({ unit: systemdUnit(unitName(params.name)), owed: debt(debtName(params)) }),
  plan: (params, { unit, owed }) => (isHandler(params) ? handlerPlan(params, unit, owed) : servicePlan(params, unit)),
})

function isHandler({ state }: Params): boolean {
  return state === 'restarted' || state === 'reloaded'
}

/** What a service owes that is still to be restarted or reloaded. */
export function debtName({ name, state }: Pick<Params, 'name' | 'state'>): string {
  return `service-${name}-${state}`
}

function unitName(name: string): string {
  return unitKinds.test(name) ? name : `${name}.service`
}

/**
 * A service that is stopped will read its configuration when it starts, and one that is gone never will: neither is to
 * be started by a handler.
 */
function handlerPlan(params: Params, unit: Unit, owed: boolean | Unknown): Plan {
  if (owed === false) return []
  const { name, state } = params
  const verb = state === 'restarted' ? 'try-restart' : 'try-reload-or-restart'
  const script = settle(debtName(params))
  return [
    run({
      change: { what: `service ${name}`, from: 'not yet with the change', to: `${state} if it runs` },
      script: unit === absent ? script : lines(whereItIs(unitName(name), attempt(verb, unitName(name))), script),
      undo: { impossible: "a restart or reload can't be undone" },
      predicts: [predict(debt(debtName(params)), false)],
    }),
  ]
}

/** An undo takes the script as it stands, after it may have removed the unit with its package. */
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
  const mustEnable = enabled !== undefined && current.enabled !== enabled && current.enabled !== 'static'
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

/** What keeps a unit from ever being as wanted; it is known before anything is tried. */
function obstacles({ name, state, enabled }: Params, { masked, oneshot }: UnitState): readonly Requirement[] {
  return [
    ...(masked && (state === 'running' || enabled)
      ? [
          require(`${name} is not masked`, false, {
            otherwise: `${name} is masked, so that it can't be started or enabled`,
            hint: `systemctl unmask ${name}, once you know why somebody masked it`,
          }),
        ]
      : []),
    ...(oneshot && state === 'running'
      ? [
          require(`${name} stays running`, false, {
            otherwise: `${name} does not stay running: it is a oneshot without RemainAfterExit`,
            hint: 'leave out state and say enabled, or run it by a command task',
          }),
        ]
      : []),
  ]
}

function exists(name: string, unit: Unit): Requirement {
  return require(`the host has a service ${name}`, isKnown(unit) ? unit !== absent : unknown, {
    otherwise: `the host has no service ${name}`,
    hint: 'install what brings it in an earlier task',
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
        ? { impossible: 'the state before is not known' }
        : { change: { ...change, from: to, to: from }, script: attempt(back, unit) },
    predicts: [predict(systemdUnit(unit), then)],
  })
}

/** The kinds of unit that may be named in full; any other name is a service's. */
const unitKinds = /\.(service|socket|timer|target|path|mount|automount|swap|slice|scope|device)$/

/** When a service does not come up, its own last words say why; systemctl's only that. */
export function attempt(verb: string, unit: string): Script {
  return sh`systemctl ${verb} -- ${unit} || { systemctl status --no-pager --lines 15 -- ${unit} || :; exit 1; }`
}

function word(value: boolean | 'static' | Unknown, yes: string, no: string): string {
  return isKnown(value) ? (value ? yes : no) : 'unknown'
}
