import { sh, type Fact } from 'haq'
import { readOnly } from './lists.ts'
import { detectManager } from './manager.ts'

/**
 * Other packages that would be removed together with these packages, because they depend on them.
 *
 * @see apt-get(8), rpm(8)
 */
export function dependents(names: readonly string[]): Fact<readonly string[]> {
  return {
    key: `packageDependents:${names.join(' ')}`,
    script: sh`${detectManager}
set --
# A database that can't be read fails the facts of the packages themselves.
case $manager in
apt)
  for name in ${names}; do
    if dpkg-query -W -f ${'${db:Status-Status}\\n'} "$name" 2>/dev/null | grep -qvE '^(not-installed|config-files)$'; then
      set -- "$@" "$name"
    fi
  done
  if [ $# -eq 0 ]; then exit 0; fi
  said=$(apt-get -s ${readOnly} remove "$@") || exit 1
  printf '%s\n' "$said" | sed -n 's/^Remv \([^ ]*\) .*/\1/p' ;;
dnf)
  for name in ${names}; do
    name=$(printf %s "$name" | tr : .)
    if rpm -q "$name" >/dev/null 2>&1; then set -- "$@" "$name"; fi
  done
  if [ $# -eq 0 ]; then exit 0; fi
  if said=$(rpm -e --test "$@" 2>&1); then exit 0; fi
  others=$(printf '%s\n' "$said" | sed -n 's/.* is needed by (installed) //p')
  if [ -z "$others" ]; then printf '%s\n' "$said" >&2; exit 1; fi
  printf '%s\n' "$others" ;;
esac`,
    parse: stdout => {
      const removed = [...new Set(stdout.split('\n').filter(line => line !== ''))]
      return removed.filter(name => !names.some(own => own === name || own.replace(/:[^:]*$/, '') === name))
    },
  }
}
