import { sh, type Fact } from 'haq'
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
case $manager in
apt)
  for name in ${names}; do
    if dpkg-query -W -f ${'${db:Status-Status}\\n'} "$name" 2>/dev/null | grep -qvE '^(not-installed|config-files)$'; then
      set -- "$@" "$name"
    fi
  done
  if [ $# -eq 0 ]; then exit 0; fi
  apt-get -s -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= remove "$@" 2>/dev/null | sed -n 's/^Remv \([^ ]*\) .*/\1/p' ;;
dnf)
  for name in ${names}; do
    name=$(printf %s "$name" | tr : .)
    if rpm -q "$name" >/dev/null 2>&1; then set -- "$@" "$name"; fi
  done
  if [ $# -eq 0 ]; then exit 0; fi
  rpm -e --test "$@" 2>&1 | sed -n 's/.* is needed by (installed) //p' ;;
esac`,
    parse: stdout => {
      const removed = [...new Set(stdout.split('\n').filter(line => line !== ''))]
      return removed.filter(name => !names.some(own => own === name || own.replace(/:[^:]*$/, '') === name))
    },
  }
}
