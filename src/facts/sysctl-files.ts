import { quoted } from '../core/bytes.ts'
import { posix } from 'node:path'
import { isKnown, type Fact, type Unknown } from '../core/fact.ts'
import { sh } from '../core/shell.ts'
import { require, type Requirement } from '../core/step.ts'
import { sysctlPath } from './sysctl.ts'

/** A line of another file in sysctl.d that sets a kernel parameter at boot. */
export interface BootSetting {
  /** The parameter's path below /proc/sys; it may be a glob. */
  readonly path: string
  readonly value: string
  readonly file: string
  readonly line: number
}

/** What sysctl.d does at boot. */
export interface BootSysctls {
  readonly settings: readonly BootSetting[]
  /** systemd-sysctl is masked: no file of sysctl.d counts. */
  readonly masked?: true
}

/**
 * What files beside `ownFile` set at boot of the parameters, in the order in which systemd-sysctl reads them: by the
 * files' names, whatever their folder is; of two files of one name only that of the first folder is read.
 * @param names dotted, as `sysctls` takes them
 * @see sysctl.d(5), systemd-sysctl(8)
 */
export function sysctlFiles(ownFile: string, names: readonly string[]): Fact<BootSysctls> {
  const last = [...new Set(names.map(name => name.split('.').at(-1) ?? name))]
  return {
    key: `sysctlFiles:${ownFile}:${last.join(',')}`,
    script: sh`for unit in /etc/systemd/system /run/systemd/system; do
  if [ "$(readlink "$unit/systemd-sysctl.service")" = /dev/null ]; then echo masked; break; fi
done
set --
seen=/
for folder in /etc/sysctl.d /run/sysctl.d /usr/local/lib/sysctl.d /usr/lib/sysctl.d /lib/sysctl.d; do
  # From inside of it, so that a file's name costs no process.
  cd "$folder" 2>/dev/null || continue
  for name in *.conf; do
    if [ ! -e "$name" ] && [ ! -L "$name" ]; then continue; fi
    case $seen in *"/$name/"*) continue ;; esac
    seen=$seen$name/
    if [ -f "$name" ] && [ "$folder/$name" != ${ownFile} ]; then set -- "$@" "$folder/$name"; fi
  done
done
[ $# -eq 0 ] || grep -Hn ${last.flatMap(name => ['-e', name])} -- "$@" || [ $? -eq 1 ]`,
    parse: stdout => {
      const isMasked = stdout.startsWith('masked\n')
      const settings = parseSettings(isMasked ? stdout.slice('masked\n'.length) : stdout)
      return { settings, ...(isMasked && { masked: true }) }
    },
  }
}

function parseSettings(stdout: string): readonly BootSetting[] {
  return stdout
    .split('\n')
    .filter(line => line !== '')
    .flatMap(line => {
      const [, file, number, text = ''] = /^(\/.+?\.conf):(\d+):([^]*)$/.exec(line) ?? []
      if (file === undefined) throw new Error(`grep printed ${quoted(line)}`)
      const equals = text.indexOf('=')
      const name = text.slice(0, Math.max(equals, 0)).trim().replace(/^-/, '').trim()
      // Comments, and what only excludes a parameter from a glob, set nothing.
      if (name === '' || /^[#;]/.test(name)) return []
      // With a slash before the first dot the name is a path as it is.
      const path = /^[^.]*\//.test(name) ? name : sysctlPath(name)
      return [
        {
          path: path.replaceAll(/\/+/g, '/').replace(/^\//, ''),
          value: text.slice(equals + 1).trim(),
          file,
          line: Number(number),
        },
      ]
    })
    .toSorted((a, b) => order(posix.basename(a.file), posix.basename(b.file)) || a.line - b.line)
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/**
 * The requirement that parameters keep their values at the next boot: no file that is read after `ownFile` sets another
 * one. A glob never wins over the exact name that stands in `ownFile`.
 */
export function keptAtBoot(
  ownFile: string,
  wanted: Readonly<Record<string, string>>,
  boot: BootSysctls | Unknown,
): Requirement {
  if (isKnown(boot) && boot.masked)
    return require('sysctl.d is read at boot', false, {
      otherwise: `systemd-sysctl is masked, so that ${ownFile} is not read at boot`,
      hint: 'find out why the unit was masked, then run: systemctl unmask systemd-sysctl',
      final: true,
    })
  const later = isKnown(boot)
    ? boot.settings.filter(({ file }) => order(posix.basename(file), posix.basename(ownFile)) > 0)
    : []
  const overrides = Object.entries(wanted).flatMap(([name, value]) => {
    const last = later.findLast(({ path }) => path === sysctlPath(name))
    return last && !sameValue(last.value, value) ? [{ name, value, last }] : []
  })
  return require('no other file sets other values at boot', isKnown(boot) ? overrides.length === 0 : boot, {
    otherwise: overrides
      .map(({ name, last }) => `${last.file}:${last.line} sets ${name} to ${last.value} at boot, after ${ownFile}`)
      .join('; '),
    hint: `take out ${overrides.length === 1 ? 'that line' : 'those lines'}, or set the wanted value there: ${overrides
      .map(({ name, value }) => `${name} = ${value}`)
      .join(', ')}`,
    final: true,
  })
}

function sameValue(a: string, b: string): boolean {
  return a.split(/\s+/).join(' ') === b.split(/\s+/).join(' ')
}
