import type { HostPaths } from '../paths.ts'
import type { LabState } from '../state.ts'
import type { LabHost, Progress } from '../types.ts'

/** What it takes to keep a host running: it goes on until the host is off, and starts it again when it reboots. */
export interface Launch {
  /** POSIX sh; its parameters are the values. What it prints goes to the console's log. */
  readonly script: string
  readonly values: readonly string[]
  readonly env: Readonly<Record<string, string>>
}

/** One way to run a host. */
export interface Machine {
  /** Milliseconds that a host may take to boot. */
  readonly bootDeadline: number
  /** Sees to what the machine must have loaded before hosts boot. */
  ready(): Promise<void>
  /** Folders that the root file system reads from before the image. */
  layers(progress: Progress): Promise<readonly string[]>
  /** Makes what a host needs beside its root file system. */
  prepare(paths: HostPaths): Promise<void>
  launch(state: LabState, host: LabHost): Launch
  /** The process by which a host is known to run, of those in its control group; `undefined` when it doesn't. */
  pidOf(group: string, paths: HostPaths): Promise<number | undefined>
  hasIpvs(): Promise<boolean>
}
