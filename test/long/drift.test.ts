import { strictEqual } from 'node:assert'
import { suite } from 'uvu'
import { mendsDrift } from '../lab/drift.ts'
import { Site, whyNoLab } from '../lab/site.ts'

const drift = suite('lab: random drift of the cluster')
const reason = await whyNoLab()
if (reason) process.stdout.write(`skipped: random drift in the lab: ${reason}\n`)
const test = reason ? drift.skip : drift
let site: Site

if (!reason)
  drift.before(async () => {
    site = await Site.up({
      suite: 'bookworm',
      env: { HAQ_ERLANG_COOKIE: 'CANARYcookie', HAQ_VRRP_PASSWORD: 'CaNaRy77' },
    })
    const first = await site.run('playbooks/cluster.ts')
    strictEqual(first.exitCode, 0, first.all)
  })
drift.after(async () => {
  if (!reason) await site.down()
})

/** `HAQ_SEED` runs only one seed. */
const given = process.env['HAQ_SEED']
const seeds = given === undefined ? Array.from({ length: 40 }, (_, seed) => seed) : [Number(given)]

for (const seed of seeds)
  test(`seed ${seed}: repaired as --check showed, undone, and repaired again`, () => mendsDrift(site, seed))

drift.run()
