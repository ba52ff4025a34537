import { labOf, upLab } from '../../../src/program/lab-target.ts'
import { labSshArgv, labStatus } from '../../../src/lab/index.ts'

/** Prints how to connect to the hosts of an inventory's lab, as JSON: `node lab-status.js INVENTORY`. */
const [inventory = ''] = process.argv.slice(2)
const status = await upLab(inventory, labStatus)
const [first] = status.hosts
if (!first) throw new Error('the lab has no hosts')
const words = labSshArgv(status, first.name)
const sshConfig = words[words.indexOf('-F') + 1]
const { vars } = await labOf(inventory)
process.stdout.write(JSON.stringify({ namespace: status.namespace, sshConfig, extraVars: Object.fromEntries(vars) }))
