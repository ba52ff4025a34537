// The public API. What is not named here is haq's own business and may change at any time.
export * from './authoring.ts'

// What a program needs to run playbooks itself.
export { loadInventory } from './inventory/load.ts'
export type { Inventory } from './inventory/inventory.ts'
export { loadPlaybook } from './playbook/load.ts'
export type { HostRecap, RunEvent, TaskStatus } from './engine/events.ts'
export type { SavedPlan } from './plan/saved-plan.ts'
export { applyPlan, planPlaybook, runPlaybook } from './program/api.ts'
export type {
  ApplyPlanOptions,
  PlanResult,
  PlaybookOptions,
  PlaybookResult,
  RunPlaybookOptions,
} from './program/playbook-options.ts'
export type { PlaybookRun } from './program/playbook-run.ts'
