import { deepStrictEqual, ok } from 'node:assert'
import { dirname, join, relative } from 'node:path'
import ts from 'typescript'
import { test } from 'uvu'
import { fencesOf, pages, read, root, type Fence } from './docs-pages.ts'

// The examples of modules are compiled by test/modules/examples.test.ts.
const isModulePage = (page: string): boolean => /^docs\/modules\/(?!README)/.test(page)
const fences = pages
  .filter(page => !isModulePage(page))
  .flatMap(fencesOf)
  .filter(({ info }) => /^ts\b/.test(info))

/** Whether a block is what the file that is linked above it holds: then it is compiled with that file. */
function isOfLinkedFile({ page, line, code }: Fence): boolean {
  const above = read(page)
    .split('\n')
    .slice(0, line - 2)
    .join('\n')
    .trimEnd()
  const [, file] = /\]\((\S+\.ts)\):$/.exec(above) ?? []
  return file !== undefined && read(join(dirname(page), file)).includes(code)
}

/** What is compiled for a block: the block itself, or a fragment in its frame. */
function sourceOf({ info, code, frame }: Fence): string {
  if (info === 'ts') return code
  ok(frame?.includes('…\n') === true, 'a fragment needs a frame: a comment above it, with … on a line of its own')
  // As a function, so that a dollar sign in the code stays one.
  return frame.replace('…\n', () => code)
}

/** Blocks as files beside their pages; `// NAME.ts` on the first line is the name by which other blocks import one. */
const sources = new Map(
  fences
    .filter(fence => !isOfLinkedFile(fence))
    .map(fence => {
      const [, name = `example-${fence.page.replaceAll(/\W/g, '-')}-${fence.line}.ts`] =
        /^\/\/ ([\w-]+\.ts)\n/.exec(fence.code) ?? []
      return [join(root, dirname(fence.page), name), fence] as const
    }),
)

const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), file => ts.sys.readFile(file)) as { config: object }
const { options } = ts.parseJsonConfigFileContent({ ...config, files: [] }, ts.sys, root)
// A fragment need not use all that it declares.
const checked = { ...options, noUnusedLocals: false, noUnusedParameters: false, incremental: false, noEmit: true }
delete checked.tsBuildInfoFile

/** A compiler host that also sees the blocks. */
function compilerHost(): ts.CompilerHost {
  const host = ts.createCompilerHost(checked)
  const textOf = (file: string): string | undefined => {
    const fence = sources.get(file)
    return fence && sourceOf(fence)
  }
  return {
    ...host,
    fileExists: file => sources.has(file) || host.fileExists(file),
    readFile: file => textOf(file) ?? host.readFile(file),
    getSourceFile: (file, languageVersion, ...rest) => {
      const text = textOf(file)
      return text === undefined
        ? host.getSourceFile(file, languageVersion, ...rest)
        : ts.createSourceFile(file, text, languageVersion)
    },
  }
}

const program = ts.createProgram([...sources.keys()], checked, compilerHost())

function problemsIn(file: string): readonly string[] {
  const source = program.getSourceFile(file)
  ok(source, `${file} was not compiled`)
  return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)].map(
    ({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'),
  )
}

test('haq in the examples is what the sources say, and not an older build', () => {
  const file = program.getSourceFiles().find(({ fileName }) => fileName.endsWith('/authoring.ts'))
  deepStrictEqual(file && relative(root, file.fileName), join('src', 'authoring.ts'))
})

for (const [file, { page, line }] of sources)
  test(`the TypeScript on ${page}, line ${line}, compiles`, () => deepStrictEqual(problemsIn(file), []))

test.run()
