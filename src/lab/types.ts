/** A host of the lab, from the inventory. */
export interface LabHost {
  readonly name: string
  /** IPv4 address on the lab's network. */
  readonly address: string
  /** Name of the network interface inside the host; at most 15 characters. */
  readonly interfaceName: string
}

/** The Debian releases of the lab's images. */
export type LabSuite = 'bookworm' | 'trixie'

/**
 * How a lab's hosts run: `host` is a container on the machine's kernel; `uml` is a guest with its own kernel (user-mode
 * Linux), which has IPVS even if the machine's kernel has none.
 */
export type LabKernel = 'host' | 'uml'

/** The specification of a lab, for `labUp`. */
export interface LabSpec {
  /** 1 to 8 characters of `a-z`, `0-9` and `-`. Labs with different ids are separate. */
  readonly id: string
  readonly hosts: readonly LabHost[]
  readonly suite: LabSuite
  readonly kernel: LabKernel
  /** Further addresses of the subnet that the lab must not use (virtual IPs). */
  readonly reserved?: readonly string[]
}

/** Gets progress messages, one sentence each. */
export type Progress = (message: string) => void

/** The present status of a host of the lab. */
export interface LabHostStatus extends LabHost {
  readonly running: boolean
  /** The machine's number of the container's process 1, or of the guest's kernel. It changes at a reboot. */
  readonly pid?: number
}

/** The present status of a lab. */
export interface LabStatus {
  readonly id: string
  readonly suite: LabSuite
  readonly kernel: LabKernel
  /** The network namespace with the bridge and the address of the control side. */
  readonly namespace: string
  /** Whether the hosts' kernel has IPVS: without it keepalived stops at a `virtual_server` block. */
  readonly ipvs: boolean
  /** Length of the subnet's prefix, at most 24. */
  readonly prefixLength: number
  readonly controlAddress: string
  /** The address of `client`, a plain host that is not in the inventory. */
  readonly clientAddress: string
  readonly hosts: readonly LabHostStatus[]
}

/** The name of the plain host in the lab's network, for `labExecArgv`. */
export const CLIENT = 'client'

/** The ordinary user on every lab host, who becomes root with `sudo` and a password. */
export const LAB_USER = 'op'

/** The password of that user. It protects nothing, because the lab's network is isolated. */
export const LAB_PASSWORD = 'op'
