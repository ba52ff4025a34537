export type { LawTest, ModuleFixture, RefusedParams } from './fixture.ts'
export { lawTests } from './laws.ts'
export { FakeHost, has, type FactValue } from './fake-host.ts'
