import { writeFile } from 'node:fs/promises'
import { execa } from 'execa'
import { machineOf } from './machine/index.ts'
import { hostGroup, groupRoots } from './processes.ts'
import { labPaths } from './paths.ts'
import { SEARCH_PATH } from './run.ts'
import type { LabState } from './state.ts'
import type { LabHost } from './types.ts'

/** Enters the host's control groups, so that all its processes can be found. The machine's script follows. */
const BEFORE = `
log=$1 unified=$2
exec >>"$log" 2>&1
shift
while [ "$1" != -- ]; do
  mkdir -p "$1" && echo $$ >"$1/cgroup.procs" || exit 1
  shift
done
shift
`

/** Ends the host's processes, because they go on when the launcher's program was killed. */
const AFTER = `
echo 1 >"$unified/cgroup.kill"
`

/** A host whose boot has been started. */
export interface Launched {
  /** Whether the launcher has ended, with any exit status. */
  hasEnded(): boolean
}

/** Starts a host that goes on running when haq or its terminal ends. */
export async function launch(state: LabState, host: LabHost): Promise<Launched> {
  const { id, kernel } = state.spec
  const { consoleLog } = labPaths(id).host(host.name)
  const groups = (await groupRoots()).map(root => hostGroup(root, id, host.name))
  const { script, values, env } = machineOf(kernel).launch(state, host)
  await writeFile(consoleLog, '', { flag: 'a', mode: 0o600 })
  const words = ['-c', `${BEFORE}${script}${AFTER}`, 'haq-lab-host', consoleLog, ...groups, '--', ...values]
  const launcher = execa('sh', words, {
    detached: true,
    cleanup: false,
    reject: false,
    extendEnv: false,
    cwd: '/',
    env: { PATH: SEARCH_PATH, ...env },
    stdio: 'ignore',
  })
  launcher.unref()
  let ended = false
  void launcher.then(() => (ended = true))
  return { hasEnded: () => ended }
}
