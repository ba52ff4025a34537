/** A host of the lab, as the inventory has it. */
export interface LabHost {
  readonly name: string
  /** IPv4 address on the lab's network. */
  readonly address: string
  /** Name of the network interface inside the host; at most 15 characters. */
  readonly interfaceName: string
}

/** The Debian releases that the lab has images of. */
export type LabSuite = 'bookworm' | 'trixie'

/**
 * What a lab's hosts run on: containers on the machine's own kernel, or guests of a kernel of their own (user-mode Linux)
 * that has IPVS where the machine's has none.
 */
export type LabKernel = 'host' | 'uml'

/** What `labUp` is asked for. */
export interface LabSpec {
  /** 1 to 8 characters of `a-z`, `0-9` and `-`; two labs with different ids don't meet. */
  readonly id: string
  readonly hosts: readonly LabHost[]
  readonly suite: LabSuite
  readonly kernel: LabKernel
  /** Further addresses of the subnet that no host may be given (virtual IPs). */
  readonly reserved?: readonly string[]
}

/** Told what is being done, one sentence at a time. */
export type Progress = (message: string) => void

/** A host of the lab, as it is now. */
export interface LabHostStatus extends LabHost {
  readonly running: boolean
  /** In the machine's numbering, a container's process 1, or the guest's kernel; changes when the host reboots. */
  readonly pid?: number
}

/** A lab, as it is now. */
export interface LabStatus {
  readonly id: string
  readonly suite: LabSuite
  readonly kernel: LabKernel
  /** Named network namespace that holds the bridge, and the control side's address. */
  readonly namespace: string
  /** Whether the hosts' kernel has IPVS: without it keepalived dies on a `virtual_server` block. */
  readonly ipvs: boolean
  /** Length of the subnet's prefix, at most 24. */
  readonly prefixLength: number
  readonly controlAddress: string
  /** Address of `client`, the plain host that no inventory names. */
  readonly clientAddress: string
  readonly hosts: readonly LabHostStatus[]
}

/** The name under which `labExecArgv` knows the plain host of the lab's network. */
export const CLIENT = 'client'

/** The ordinary user on every lab host, who becomes root by `sudo` with a password. */
export const LAB_USER = 'op'

/** The password of that user; the lab has no way out, so it guards nothing. */
export const LAB_PASSWORD = 'op'
