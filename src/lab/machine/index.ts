import type { LabKernel } from '../types.ts'
import type { Machine } from './machine.ts'
import { nspawn } from './nspawn.ts'
import { uml } from './uml.ts'

/** How the hosts of a lab run. */
export const machineOf = (kernel: LabKernel): Machine => (kernel === 'uml' ? uml : nspawn)
