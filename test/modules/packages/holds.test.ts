import { deepStrictEqual } from 'node:assert'
import { test } from 'uvu'
import { packages } from 'haq/modules'
import { requirementsOf } from '../../../src/core/step.ts'

const os = { id: 'debian', like: [], version: '12' }

for (const { marks, heldBack, message, hint } of [
  {
    marks: { unfinished: [], held: ['keepalived:amd64'], root: true },
    heldBack: [],
    message: 'keepalived is on hold',
    hint: 'to allow the change: apt-mark unhold keepalived',
  },
  {
    marks: { unfinished: [], held: [], root: true },
    heldBack: ['libc6:amd64', 'erlang-base'],
    message: "keepalived can't be installed without a change of libc6:amd64, erlang-base, which are on hold",
    hint: 'to allow the change: apt-mark unhold libc6:amd64 erlang-base',
  },
])
  test(`packages says: ${message}`, () => {
    const plan = packages({ names: ['keepalived=3'] }).plan({
      os,
      marks,
      heldBack,
      'package keepalived': { status: 'installed', version: '2' },
    })
    const refused = requirementsOf(plan).filter(({ met }) => met === false)
    deepStrictEqual(
      refused.map(({ otherwise, hint }) => ({ otherwise, hint })),
      [{ otherwise: message, hint }],
    )
  })

test.run()
