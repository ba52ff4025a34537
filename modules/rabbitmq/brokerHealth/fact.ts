import { absent, file, sh, type Absent, type Fact } from 'haq'
import { rabbitUnit, erlangCookieFile } from '../facts/rabbit-node.ts'
import { healthPath, switchPath } from './paths.ts'

/** What the health check of a host says. */
export interface HealthState {
  /** `healthy`, or why no client may be sent there. */
  readonly says: string
  /** Seconds for which the host has been out of the pool by the switch; 0 where it is not. */
  readonly outFor: number
}

/** The health check of a host, as load balancers are answered; absent where there is none. */
export const healthState: Fact<HealthState | Absent> = {
  key: 'brokerHealth',
  shared: true,
  dependsOn: [rabbitUnit, erlangCookieFile, file(healthPath), file(switchPath)],
  script: sh`[ -x ${healthPath} ] || { echo absent; exit 0; }
since=$(stat -c %Y ${switchPath} 2>/dev/null) || since=
now=$(date +%s)
[ -n "$since" ] || since=$now
echo "$((now - since)) $(${healthPath})"`,
  parse: stdout => {
    const [, outFor, says] = /^(\d+) (.+)\n$/.exec(stdout) ?? []
    if (stdout === 'absent\n') return absent
    if (says === undefined) throw new Error(`the health check printed ${JSON.stringify(stdout)}`)
    return { says, outFor: Number(outFor) }
  },
}
