// What playbooks, inventories and modules import from 'haq'; index.ts adds what programs need.
export { quoted, utf8Bytes, utf8Text, type ByteString } from './core/bytes.ts'
export * from './core/errors.ts'
export {
  absent,
  given,
  isKnown,
  on,
  onReachable,
  unknown,
  type Absent,
  type Fact,
  type Facts,
  type HostRef,
  type Unknown,
  type Values,
} from './core/fact.ts'
export { defineModule, type Module, type ModuleDefinition } from './core/module.ts'
export { absolutePath, account, fileMode, hostRef, interfaceName, presence, word } from './core/schema.ts'
export { masked, MaskedText, Secret } from './core/secret.ts'
export { lines, Script, sh } from './core/shell.ts'
export {
  predict,
  require,
  requirementsOf,
  run,
  stepsOf,
  type Change,
  type Plan,
  type Prediction,
  type Requirement,
  type RunStep,
  type Step,
  type Undo,
} from './core/step.ts'
export type { Task, TaskOptions } from './core/task.ts'
export { clearPending, isPending, markPending } from './facts/pending.ts'
export { digestOf, editableFile, file, secretFile, sha256, type EditableState, type FileState } from './facts/file.ts'
export { enterFolder, makeFolders } from './facts/file-links.ts'
export {
  convergeAttributes,
  convergeFile,
  regularFile,
  removeFile,
  setAttributes,
  type WantedFile,
} from './facts/file-steps.ts'
export { ownAddresses } from './facts/own-addresses.ts'
export { addresses, holdsAddress, type AddressState } from './facts/addresses.ts'
export { hostname, hostNames, osRelease, userExists, type OsRelease } from './facts/host.ts'
export { resolvesTo } from './facts/resolve.ts'
export { keptAtBoot, sysctlFiles, type BootSetting } from './facts/sysctl-files.ts'
export { convergeSysctls, sysctls, type SysctlValues } from './facts/sysctl.ts'
export { systemdUnit, unitIsStale, unitProperties, type NotEnableable, type UnitState } from './facts/systemd-unit.ts'
export { inventory, type InventoryDefinition } from './inventory/definition.ts'
export { unique } from './inventory/variables.ts'
export { secret } from './inventory/secret.ts'
export { $ } from './playbook/control-node.ts'
export type { Group, Host } from './playbook/group.ts'
export { play, playbook, type Play, type Playbook, type PlaybookContext } from './playbook/playbook.ts'
