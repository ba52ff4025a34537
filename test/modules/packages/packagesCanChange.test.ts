import { test } from 'uvu'
import { absent } from 'haq'
import { packagesCanChange } from 'haq/modules'
import { lawTests } from 'haq/testing'

const os = { id: 'debian', like: [], version: '12' }
const marks = { unfinished: [], held: [], root: true }
const onHold = { ...marks, held: ['web'] }
const installed = { status: 'installed', version: '1' }
const refused = ['no package on hold would be changed']
const offers = (fresh: boolean, version: string) => ({ fresh, versions: { web: version } })

for (const law of lawTests(packagesCanChange, [
  {
    name: 'a bare host',
    params: { names: ['web'] },
    facts: { os, marks, heldBack: [], 'package web': absent },
    changes: [],
  },
  {
    name: 'a newer version',
    params: { names: ['web'], state: 'latest' },
    facts: { os, marks, heldBack: [], 'package web': installed, candidates: offers(true, '2') },
    changes: [],
  },
  {
    name: 'on hold, and a newer version',
    params: { names: ['web'], state: 'latest' },
    facts: { os, marks: onHold, heldBack: ['web'], 'package web': installed, candidates: offers(true, '2') },
    changes: [],
    unmet: refused,
  },
  {
    name: 'on hold, and nothing newer',
    params: { names: ['web'], state: 'latest' },
    facts: { os, marks: onHold, heldBack: [], 'package web': installed, candidates: offers(true, '1') },
    changes: [],
  },
  {
    name: 'on hold, and nothing newer in old lists',
    params: { names: ['web'], state: 'latest' },
    facts: { os, marks: onHold, heldBack: [], 'package web': installed, candidates: offers(false, '1') },
    changes: [],
    unmet: refused,
  },
  {
    name: 'other packages need the one to remove',
    params: { names: ['web'], state: 'absent' },
    facts: { os, marks, dependents: ['app'], 'package web': installed },
    changes: [],
    unmet: ['no other package needs the ones to remove'],
  },
]))
  test(law.name, law.run)

test.run()
