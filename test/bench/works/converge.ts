import type { Work } from '../work.ts'

export const converge: Work = {
  key: 'converge',
  summary: 'to do',
  figures: {},
  rounds: [5, 0],
  prepare: () => Promise.resolve([]),
}
