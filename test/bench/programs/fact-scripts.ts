import type { Facts } from '../../../src/core/fact.ts'
import { prepare } from '../../../src/program/prepare.ts'
import { shellEnvironment } from '../../../src/transport/reach.ts'

/**
 * Prints, for each host, one script that reads every fact of a playbook's run once:
 * `node fact-scripts.js PLAYBOOK INVENTORY [lab]`.
 */
const [playbookPath = '', inventory = '', target] = process.argv.slice(2)
const { playbook } = await prepare(playbookPath, { inventory, lab: target === 'lab' })
const found = new Map<string, Map<string, string>>()

function learn(host: string, facts: Facts): void {
  for (const fact of Object.values(facts)) {
    const on = fact.host ?? host
    const scripts = found.get(on) ?? new Map<string, string>()
    found.set(on, scripts)
    scripts.set(fact.key, fact.script.reveal())
  }
}

for (const { hosts, facts, known } of playbook.plays)
  for (const { name } of hosts) {
    learn(name, facts)
    for (const task of known.get(name) ?? []) for (const { facts } of [task, ...task.notify]) learn(name, facts)
  }

/** The values need no quoting. */
const variables = `export ${shellEnvironment.filter(word => word.includes('=')).join(' ')}`

const whole = (scripts: readonly string[]): string =>
  [variables, ...scripts.map(script => `(\n${script}\n) </dev/null || exit 1`)].join('\n')
process.stdout.write(
  JSON.stringify(Object.fromEntries([...found].map(([host, scripts]) => [host, whole([...scripts.values()])]))),
)
