import { deepStrictEqual } from 'node:assert'
import type { Fact } from '../src/core/fact.ts'
import { sh } from '../src/core/shell.ts'
import type { HostShell } from '../src/transport/host-shell.ts'

/** Fails where facts that are read together, by the scripts of their batches, are not what they are when read alone. */
export async function readAsAlone(shell: HostShell, facts: readonly Fact<unknown>[]): Promise<void> {
  const alone = await Promise.all(facts.map(({ script }) => shell.run(script)))
  // Their own scripts can have no part in it.
  const together = await Promise.all(facts.map(fact => shell.read({ ...fact, script: sh`exit 9` })))
  deepStrictEqual(together, alone)
}
