export { lawTests, type LawTest, type ModuleFixture, type RefusedParams } from './laws.ts'
export { FakeHost, has, type FactValue } from './fake-host.ts'
