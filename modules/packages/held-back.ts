import { sh, type Fact } from 'haq'
import { packageLists, readOnly } from './lists.ts'
import { detectManager } from './manager.ts'
import { packageMarks } from './marks.ts'
import type { PackageSpec } from './names.ts'
import { showPackage } from './state.ts'

/**
 * The packages on hold that an installation would have to change, dependencies included. apt is asked only on a host where
 * something is on hold, because it takes seconds.
 *
 * @param upgrade whether installed packages are upgraded too
 * @see apt-get(8), --simulate and --ignore-hold
 */
export function heldBack(specs: readonly PackageSpec[], upgrade: boolean): Fact<readonly string[]> {
  const plain = specs.filter(({ version }) => version === undefined).map(({ name }) => name)
  const exact = specs.filter(({ version }) => version !== undefined).map(({ spec }) => spec)
  return {
    key: `packagesHeldBack:${upgrade ? 'upgrade' : 'install'}:${specs.map(({ spec }) => spec).join(' ')}`,
    script: sh`${detectManager}
if [ "$manager" != apt ] || ! grep -q '^Status: hold ' /var/lib/dpkg/status; then exit 0; fi
set -- ${exact}
for name in ${plain}; do
  found=$(${showPackage}) || exit 1
  case $found in
  provided*) ;;
  installed*) ${upgrade ? sh`set -- "$@" "$name"` : sh`:`} ;;
  *) set -- "$@" "$name" ;;
  esac
done
if [ $# -eq 0 ]; then exit 0; fi
simulate() {
  apt-get -s ${readOnly} -o APT::Cmd::Pattern-Only=true "$@" 2>&1
}
# What fails for another reason than a hold fails with --ignore-hold too; the run says why.
if said=$(simulate --no-remove --allow-downgrades install "$@") ||
  said=$(simulate --ignore-hold --no-remove --allow-downgrades install "$@"); then
  printf '%s\n' "$said" | awk '
    /^[^ ]/ { inside = 0 }
    inside { for (i = 1; i <= NF; i++) print $i }
    /^The following held packages will be changed/ { inside = 1 }'
fi`,
    parse: stdout => stdout.split('\n').filter(line => line !== ''),
    dependsOn: [packageLists, packageMarks],
  }
}
