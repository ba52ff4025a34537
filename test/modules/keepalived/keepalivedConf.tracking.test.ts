import { deepStrictEqual } from 'node:assert'
import { test } from 'uvu'
import { cluster, problemsOf } from './keepalivedConf.fixtures.ts'

const [vi1] = cluster.instances
const instance = (changes: object): object => ({ instances: [{ ...vi1, ...changes }] })

const noWeight =
  'takes weight 0 together with nopreempt: a lower priority alone never makes the other node master. Leave weight out, ' +
  'so that a failure means FAULT, or leave nopreempt out and take a weight larger than the difference of the priorities'

/** Parameters, and every problem that must be found in them, as `path: message`. */
const refusals: readonly { name: string; params: object; problems: readonly string[] }[] = [
  {
    name: 'missing checks, duplicate checks, and weights with nopreempt',
    params: {
      ...instance({
        trackScripts: ['none', 'heavy', { name: 'light', weight: -5 }],
        trackInterfaces: ['eth1', { name: 'eth2', weight: 254 }],
      }),
      scripts: [
        { name: 'heavy', script: '/bin/true', weight: 20 },
        { name: 'light', script: '/bin/true' },
        { name: 'light', script: '/bin/true', interval: 0 },
      ],
    },
    problems: [
      'scripts[2].interval: takes a whole number of seconds from 1 to 4294',
      'instances[0].trackInterfaces[1].weight: takes a whole number from -253 to 253',
      "instances[0].trackInterfaces[0]: takes other interfaces: the instance's own is always tracked",
      'scripts[2].name: takes a unique name: light is listed twice',
      'instances[0].trackScripts[0]: takes the name of one of the scripts: there is no none',
      `instances[0].trackScripts[1]: ${noWeight}`,
      `instances[0].trackScripts[2]: ${noWeight}`,
      `instances[0].trackInterfaces[1]: ${noWeight}`,
    ],
  },
  {
    name: 'missing processes, duplicate processes, and weights with nopreempt',
    params: {
      ...instance({ trackProcesses: ['none', 'heavy', { name: 'light', weight: -5 }, 'light'] }),
      trackProcesses: [
        { name: 'heavy', process: 'beam.smp', weight: 20 },
        { name: 'light', process: '/usr/sbin/agent' },
        { name: 'light', process: 'bin/agent -v' },
      ],
    },
    problems: [
      "trackProcesses[2].process: takes a program's name or absolute path, without arguments, such as beam.smp",
      'trackProcesses[2].name: takes a unique name: light is listed twice',
      'instances[0].trackProcesses[0]: takes the name of one of the trackProcesses: there is no none',
      `instances[0].trackProcesses[1]: ${noWeight}`,
      `instances[0].trackProcesses[2]: ${noWeight}`,
    ],
  },
]

for (const { name, params, problems } of refusals)
  test(`keepalivedConf refuses ${name}`, () => deepStrictEqual(problemsOf(params), problems))

test('keepalivedConf accepts weights without nopreempt', () => {
  const params = {
    ...instance({ nopreempt: false, trackProcesses: ['broker'], trackScripts: [{ name: 'disk', weight: -20 }] }),
    scripts: [{ name: 'disk', script: '/bin/true' }],
    trackProcesses: [{ name: 'broker', process: 'beam.smp', weight: -20 }],
  }
  deepStrictEqual(problemsOf(params), [])
})

test.run()
