import { prepare } from '../../src/cli/prepare.ts'
import { runPlaybook } from '../../src/engine/run.ts'

/**
 * A run that dies by SIGKILL right after its n-th step: `node killed-run.js N PLAYBOOK INVENTORY`, in the inventory's lab.
 * Exits with 0 when it had fewer steps to do, and with 2 when something failed.
 */
const [count = '', playbookPath = '', inventory = ''] = process.argv.slice(2)
const { playbook, options } = await prepare(playbookPath, { inventory, lab: true })
let left = Number(count)
const { hosts } = await runPlaybook(playbook, {
  ...options,
  check: false,
  report: event => {
    if (event.event === 'task' && event.failure)
      process.stderr.write(`${event.host}: ${event.task}: ${event.failure.message}\n`)
  },
  signal: new AbortController().signal,
  journal: {
    run: `killed-${process.pid}`,
    record: entry => {
      if (entry.record === 'step-end' && --left === 0) process.kill(process.pid, 'SIGKILL')
    },
  },
})
process.exitCode = Object.values(hosts).some(recap => recap.failed + recap.unreachable > 0) ? 2 : 0
