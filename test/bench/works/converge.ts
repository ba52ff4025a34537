import { join } from 'node:path'
import type { BenchLab } from '../bench-lab.ts'
import { requireChange, requireNoop, root } from '../command.ts'
import type { Work } from '../work.ts'

/** The cluster from newly installed packages, each time from the same state. */
export const converge: Work = {
  key: 'converge',
  summary: 'first convergence of the cluster on 2 lab hosts, packages already there; haq against Ansible',
  figures: { seconds: { title: 'first convergence of the cluster', unit: 's', bars: { haq: '≤ 0.5 × ansible' } } },
  rounds: [5, 0],
  prepare: async bench => {
    const lab = await bench.lab()
    const ansible = await bench.ansible()
    let start: readonly string[] | undefined
    const reset = async (): Promise<void> => {
      await takeDown(lab)
      // The changes that check mode shows tell the state of the hosts.
      const found = await changesToDo(lab)
      start ??= found
      if (found.join('\n') !== start.join('\n'))
        throw new Error(`the hosts are not as they were at first; to do now:\n${found.join('\n')}`)
    }
    // Whichever program made the cluster, haq must have nothing to change.
    const prove = async (): Promise<void> => requireNoop(await lab.haq(...lab.clusterRun()), 2)
    return [
      {
        name: 'haq',
        measure: async () => {
          await reset()
          await bench.forgetKept()
          const ended = await lab.runCluster()
          requireChange(ended, 2)
          await prove()
          return { seconds: ended.seconds }
        },
      },
      ...(ansible ? ansible.converge(lab, reset, prove) : []),
    ]
  },
}

/** Removes the cluster and its data, and installs its packages again. */
async function takeDown(lab: BenchLab): Promise<void> {
  await lab.haq('run', join(root, 'playbooks/teardown.ts'), '-i', lab.inventory, '--lab', '-e', 'removeData=true')
  const packages = `rabbitmq-server keepalived ${lab.extraVars['lvs'] === 'false' ? '' : 'ipvsadm'}`
  const script = `set -e
export DEBIAN_FRONTEND=noninteractive
hostname=$(uname -n)
apt-get -q -y purge ${packages} >/dev/null
grep -q "^127.0.1.1" /etc/hosts || sed -i "1a 127.0.1.1\\t$hostname" /etc/hosts
apt-get -q -y --no-install-recommends install ${packages} >/dev/null
rm -rf /var/lib/haq
systemctl is-active rabbitmq-server`
  await Promise.all(lab.hosts.map(host => lab.on(host, script)))
}

/** The changes that check mode shows. */
async function changesToDo(lab: BenchLab): Promise<readonly string[]> {
  const { stdout } = await lab.haq(...lab.clusterRun('--check', '--output', 'json'))
  return stdout
    .split('\n')
    .filter(line => line.startsWith('{'))
    .map(
      line =>
        JSON.parse(line) as {
          readonly event: string
          readonly host: string
          readonly task: string
          readonly status: string
          readonly changes: readonly { readonly what: string; readonly from: string }[]
        },
    )
    .filter(({ event, status }) => event === 'task' && status !== 'ok')
    .flatMap(({ host, task, changes }) => [`${host}: ${task}`, ...changes.map(({ what }) => `${host}: ${what}`)])
    .toSorted()
}
