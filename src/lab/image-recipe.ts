import { createHash } from 'node:crypto'
import { labPackages } from '../../modules/lab-packages.ts'
import { LAB_PASSWORD, LAB_USER, type LabSuite } from './types.ts'

/** What an image holds: bare, as a host is when its operator first logs in. */
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

/** A package that trixie only recommends, and without which an ordinary user can't ping. */
const SUITE_PACKAGES: Readonly<Record<LabSuite, readonly string[]>> = {
  bookworm: [],
  trixie: ['linux-sysctl-defaults'],
}

/** Where a host finds the lab's apt repository. */
const REPOSITORY = '/srv/haq-apt'

/** Units that would reach for the network, or take dpkg's lock, at a time of their own choosing. */
const MASKED_UNITS = ['apt-daily.timer', 'apt-daily-upgrade.timer', 'console-getty.service'] as const

/**
 * Runs as a hook of mmdebstrap with the image's root as `$1`, while apt in there still has the mirror.
 * The repository is relative to what the image holds, so it is complete for it.
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

/** mmdebstrap's arguments that make the suite's image, but for the mirror and the target. */
export const recipeArguments = (suite: LabSuite): readonly string[] => [
  '--mode=root',
  '--variant=minbase',
  '--format=directory',
  `--include=${[...PACKAGES, ...SUITE_PACKAGES[suite]].join(',')}`,
  `--customize-hook=${CUSTOMIZE}`,
  suite,
]

/** The cached image's folder name: another recipe is another image. */
export function imageName(suite: LabSuite): string {
  const digest = createHash('sha256')
    .update(JSON.stringify(recipeArguments(suite)))
    .digest('hex')
  return `${suite}-${digest.slice(0, 16)}`
}
