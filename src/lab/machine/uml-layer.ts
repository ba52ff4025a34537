import { createHash } from 'node:crypto'
import { chmod, mkdir, readdir, rename, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { LabError } from '../../core/errors.ts'
import { ensureCached } from '../cached.ts'
import { run } from '../run.ts'
import type { Progress } from '../types.ts'

/** The kernel modules of Debian's package, a folder for each kernel release. */
const MODULES = '/usr/lib/uml/modules'

/** The first program of a guest, in its root file system. */
export const guestInit = '/usr/lib/haq-lab/init'

/**
 * Prepares the guest before systemd starts: it mounts the root file system from the prepared one and the guest's disk,
 * and sets up the network. For systemd both are then the same as in a container of the lab. Kernel parameters that the
 * kernel does not know are this script's environment.
 */
const INIT = `#!/bin/sh
# Made by haq: what a lab host of user-mode Linux boots with.
set -e
mount -t proc proc /proc
insmod /lib/modules/"$(uname -r)"/kernel/fs/overlayfs/overlay.ko
mount -t tmpfs tmpfs /mnt
mkdir /mnt/disk /mnt/root
mount -t ext4 /dev/ubda /mnt/disk
mkdir -p /mnt/disk/upper /mnt/disk/work
chmod 755 /mnt/disk/upper
mount -t overlay overlay -o lowerdir=/,upperdir=/mnt/disk/upper,workdir=/mnt/disk/work /mnt/root
ip link set lo up
ip link set vec0 name "$haq_interface"
ip address add "$haq_address" broadcast + dev "$haq_interface"
ip link set "$haq_interface" up
exec env -i TERM=linux /sbin/switch_root /mnt/root /sbin/init
`

/**
 * The layer above the image, with the modules of the guest's kernel and the guest's first program.
 * @throws {LabError} the kernel's package lacks its modules.
 */
export async function ensureKernelLayer(progress: Progress): Promise<string> {
  const release = (await readdir(MODULES).catch(() => [])).toSorted().at(-1)
  if (release === undefined)
    throw new LabError(`there are no modules in ${MODULES}`, { hint: 'apt-get install --reinstall user-mode-linux' })
  const digest = createHash('sha256').update(INIT).digest('hex').slice(0, 16)
  return ensureCached(`uml-${release}-${digest}`, progress, layer => build(layer, join(MODULES, release)))
}

async function build(layer: string, modules: string): Promise<void> {
  const doing = "copying the guest kernel's modules"
  const partial = `${layer}.partial`
  await run('rm', ['-rf', '--one-file-system', partial], { doing })
  for (const folder of ['usr/lib/modules', dirname(guestInit)]) await mkdir(join(partial, folder), { recursive: true })
  // Its folders become folders of the host's root file system, so their mode must not depend on the umask.
  await run('chmod', ['-R', '755', partial], { doing })
  await run('cp', ['-a', modules, join(partial, 'usr/lib/modules')], { doing })
  await writeFile(join(partial, guestInit), INIT)
  await chmod(join(partial, guestInit), 0o755)
  await rename(partial, layer)
}
