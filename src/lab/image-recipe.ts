import { createHash } from 'node:crypto'
import { labPackages } from '../../modules/lab-packages.ts'
import { LAB_PASSWORD, LAB_USER, type LabSuite } from './types.ts'

/** The packages of an image: a bare host, as an operator gets it. */
const PACKAGES = [
  'systemd',
  'systemd-sysv',
  'dbus',
  'openssh-server',
  'iproute2',
  'procps',
  'sudo',
  'iputils-ping',
  'netbase',
  'kmod',
] as const

/** trixie only recommends this package, but without it an ordinary user can't ping. */
const SUITE_PACKAGES: Readonly<Record<LabSuite, readonly string[]>> = {
  bookworm: [],
  trixie: ['linux-sysctl-defaults'],
}

/** The lab's apt repository on a host. */
const REPOSITORY = '/srv/haq-apt'

/** Units that would use the network or take dpkg's lock at any time. */
const MASKED_UNITS = ['apt-daily.timer', 'apt-daily-upgrade.timer', 'console-getty.service'] as const

/**
 * A hook of mmdebstrap: it runs while apt in the image still has the mirror. `$1` is the image's root. The repository
 * gets all packages that the image does not have and a package of the list needs.
 */
const CUSTOMIZE = `
set -eu
root=$1
repository=$root${REPOSITORY}
mkdir -p "$repository/partial"
chroot "$root" apt-get -qq install --download-only --no-install-recommends --yes \\
  -o Dir::Cache::archives=${REPOSITORY} ${labPackages.join(' ')}
rm -rf "$repository/partial" "$repository/lock"
cd "$repository"
apt-ftparchive packages . >Packages
apt-ftparchive release . >"$root/tmp/Release"
mv "$root/tmp/Release" Release
cd "$root"
rm -f etc/apt/sources.list.d/* etc/apt/apt.conf.d/99mmdebstrap etc/ssh/ssh_host_* etc/resolv.conf
echo 'deb [trusted=yes lang=none] file:${REPOSITORY} ./' >etc/apt/sources.list
for unit in ${MASKED_UNITS.join(' ')}; do ln -sf /dev/null "etc/systemd/system/$unit"; done
chroot "$root" useradd --create-home --shell /bin/bash --groups sudo ${LAB_USER}
echo ${LAB_USER}:${LAB_PASSWORD} | chroot "$root" chpasswd
`

/** mmdebstrap's arguments for the suite's image, without the mirror and the target. */
export const recipeArguments = (suite: LabSuite): readonly string[] => [
  '--mode=root',
  '--variant=minbase',
  '--format=directory',
  `--include=${[...PACKAGES, ...SUITE_PACKAGES[suite]].join(',')}`,
  `--customize-hook=${CUSTOMIZE}`,
  suite,
]

/** The name of the cached image's folder. It depends on the recipe, so a new recipe makes a new image. */
export function imageName(suite: LabSuite): string {
  const digest = createHash('sha256')
    .update(JSON.stringify(recipeArguments(suite)))
    .digest('hex')
  return `${suite}-${digest.slice(0, 16)}`
}
