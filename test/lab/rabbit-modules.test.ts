import { suite } from 'uvu'
import { rabbitProofs, withBroker } from './rabbit-proofs.ts'
import { Site, whyNoLab } from './site.ts'

const modules = suite('lab: RabbitMQ modules on bookworm')
const reason = await whyNoLab()
if (reason) process.stdout.write(`skipped: the RabbitMQ modules in the lab: ${reason}\n`)
const test = reason ? modules.skip : modules
let site: Site

modules.before(async () => {
  if (reason) return
  site = await Site.up({ suite: 'bookworm', env: { HAQ_ERLANG_COOKIE: 'unused' } })
  await withBroker(site)
})
modules.after(async () => {
  if (!reason) await site.down()
})

for (const { name, run } of rabbitProofs) test(name, () => run(site))

modules.run()
