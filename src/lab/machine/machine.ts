import type { HostPaths } from '../paths.ts'
import type { LabState } from '../state.ts'
import type { LabHost, Progress } from '../types.ts'

/** The script that runs a host until it is off, and starts it again after a reboot. */
export interface Launch {
  /** POSIX sh; the values are its parameters. Its output goes to the console's log. */
  readonly script: string
  readonly values: readonly string[]
  readonly env: Readonly<Record<string, string>>
}

/** One way to run a host. */
export interface Machine {
  /** Milliseconds that a host may take to boot. */
  readonly bootDeadline: number
  /** Loads the kernel modules that hosts need before they boot. */
  ready(): Promise<void>
  /** Layers of the root file system above the image. */
  layers(progress: Progress): Promise<readonly string[]>
  /** Makes other files that a host needs, besides its root file system. */
  prepare(paths: HostPaths): Promise<void>
  launch(state: LabState, host: LabHost): Launch
  /** The host's main process in its control group; `undefined` when the host isn't running. */
  pidOf(group: string, paths: HostPaths): Promise<number | undefined>
  hasIpvs(): Promise<boolean>
}
