export { labDown } from './down.ts'
export { labExecArgv } from './exec.ts'
export { labStatus, labUp } from './lab.ts'
export { installLabPrograms, requireLabPrograms } from './programs.ts'
export { labSshArgv } from './ssh.ts'
export {
  CLIENT,
  LAB_PASSWORD,
  LAB_USER,
  type LabHost,
  type LabHostStatus,
  type LabSpec,
  type LabStatus,
  type LabSuite,
  type Progress,
} from './types.ts'
