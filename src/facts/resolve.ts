import { absent, type Absent, type Fact } from '../core/fact.ts'
import { sh } from '../core/shell.ts'
import { file } from './file.ts'

/** The IPv4 address that a name has on the host; absent when it has none. @see getent(1) */
export function resolvesTo(name: string): Fact<string | Absent> {
  return {
    key: `resolvesTo:${name}`,
    script: sh`getent ahostsv4 ${name} | { read -r address rest && echo "$address" || :; }`,
    slow: true,
    parse: stdout => stdout.trim() || absent,
    dependsOn: [file('/etc/hosts')],
  }
}
