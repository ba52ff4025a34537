import { sh, type OsRelease } from 'haq'

/** The package manager of a host. */
export type Manager = 'apt' | 'dnf'

const ids: Readonly<Record<Manager, readonly string[]>> = {
  apt: ['debian', 'ubuntu'],
  dnf: ['fedora', 'rhel', 'centos', 'amzn'],
}

/**
 * The package manager of a distribution, by its own id or by the ids of the distributions it is based on (ID_LIKE).
 *
 * @see os-release(5)
 */
export function managerOf({ id, like }: OsRelease): Manager | undefined {
  const managers = Object.keys(ids) as Manager[]
  return [id, ...like].map(word => managers.find(manager => ids[manager].includes(word))).find(Boolean)
}

/**
 * Sets the shell variable `manager` by the same rule as `managerOf`, for scripts that must know it before any fact is
 * read.
 */
export const detectManager = sh`manager= ID= ID_LIKE=
for file in /etc/os-release /usr/lib/os-release; do
  if [ -r "$file" ]; then . "$file"; break; fi
done
for id in $ID $ID_LIKE; do
  for known in ${ids.apt}; do if [ "$id" = "$known" ]; then manager=apt; break 2; fi; done
  for known in ${ids.dnf}; do if [ "$id" = "$known" ]; then manager=dnf; break 2; fi; done
done`

/**
 * Sets the shell variables `tool` (dnf 5, dnf 4 or yum), `cache` (its cache directory) and `setting` (the name of the
 * cache setting).
 */
export const detectDnf = sh`tool=dnf cache=/var/cache/dnf setting=cachedir
if ! command -v dnf >/dev/null; then tool=yum cache=/var/cache/yum
else case $(readlink -f "$(command -v dnf)") in *dnf5) cache=/var/cache/libdnf5 setting=system_cachedir ;; esac
fi`
