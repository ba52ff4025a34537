import { absent, file, quoted, sh, type Absent, type Fact } from 'haq'
import { rabbitUnit, erlangCookieFile } from '../facts/rabbit-node.ts'
import { healthPath, switchPath } from './paths.ts'

/** The answer of a host's health check. */
export interface HealthState {
  /** `healthy`, or the reason why no clients may be sent to the host. */
  readonly says: string
  /** Seconds since `brokerPool` took the host out of the pool. 0 if the host is in the pool. */
  readonly outFor: number
}

/** The health check of a host, as load balancers see it. Absent if the host has none. */
export const healthState: Fact<HealthState | Absent> = {
  key: 'brokerHealth',
  shared: true,
  dependsOn: [rabbitUnit, erlangCookieFile, file(healthPath), file(switchPath)],
  script: sh`[ -x ${healthPath} ] || { echo absent; exit 0; }
since=$(stat -c %Y ${switchPath} 2>/dev/null) || since=
now=$(date +%s)
# A time to come is that of a clock that was wrong.
if [ -z "$since" ] || [ "$since" -gt "$now" ]; then since=$now; fi
echo "$((now - since)) $(${healthPath})"`,
  parse: stdout => {
    const [, outFor, says] = /^(\d+) (.+)\n$/.exec(stdout) ?? []
    if (stdout === 'absent\n') return absent
    if (says === undefined) throw new Error(`the health check printed ${quoted(stdout)}`)
    return { says, outFor: Number(outFor) }
  },
}
