import { readdirSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { statusOf } from '../../src/cli/exit.ts'
import { prepare } from '../../src/program/prepare.ts'
import { runPlaybook } from '../../src/engine/run.ts'

/**
 * A run that is hit by SIGKILL: `node killed-run.js BLOW PLAYBOOK INVENTORY [HOST…]`, in the inventory's lab. BLOW says
 * what dies: `run`, the run itself, after its first step; `connections`, the ssh of each host, or of those given, after
 * the first step there; a number, the same so many milliseconds into a step that takes longer. Writes its events as
 * lines of JSON, with one for each connection that it cut, and exits as `haq run` does.
 */
const [blow = '', playbookPath = '', inventory = '', ...only] = process.argv.slice(2)
// The current step of a cut session goes on, and the next run waits for it.
const { playbook, options } = await prepare(playbookPath, { inventory, lab: true, lockTimeout: 300 })

const say = (event: object): void => void process.stdout.write(`${JSON.stringify(event)}\n`)
const cuts = new Set<string>()
/** The hosts of each step that was started and has not ended. */
const inHand = new Map<number, string>()

function cut(host: string): void {
  if (cuts.has(host) || (only.length > 0 && !only.includes(host))) return
  cuts.add(host)
  say({ event: 'cut', host })
  process.kill(sshTo(host), 'SIGKILL')
}

/** The child process that is the connection to a host. */
function sshTo(host: string): number {
  const found = readdirSync('/proc/self/task')
    .flatMap(thread => readFileSync(`/proc/self/task/${thread}/children`, 'utf8').split(' '))
    .filter(Boolean)
    .find(pid => {
      const [program = '', ...words] = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
      return basename(program) === 'ssh' && words.includes(host)
    })
  if (found === undefined) throw new Error(`this run has no ssh to ${host}`)
  return Number(found)
}

const { hosts } = await runPlaybook(playbook, {
  ...options,
  check: false,
  report: say,
  signal: new AbortController().signal,
  journal: {
    run: `killed-${process.pid}`,
    record: entry => {
      if (entry.record === 'step') {
        const { seq, host } = entry
        inHand.set(seq, host)
        if (Number(blow) >= 0) setTimeout(() => inHand.has(seq) && cut(host), Number(blow))
      } else if (entry.record === 'step-end') {
        const host = inHand.get(entry.seq) ?? ''
        inHand.delete(entry.seq)
        if (blow === 'run') process.kill(process.pid, 'SIGKILL')
        if (blow === 'connections') cut(host)
      }
    },
  },
})
process.exitCode = statusOf(hosts)
