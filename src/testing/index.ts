export { lawTests, type LawTest, type ModuleFixture, type RefusedParams } from './laws.ts'
