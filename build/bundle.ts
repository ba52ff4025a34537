import { createHash } from 'node:crypto'
import { chmod, readdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { build, type Plugin } from 'esbuild'

/**
 * Loads each module only when a playbook imports it: to build a schema takes time, and no playbook uses all modules.
 */
const modulesWhenTaken: Plugin = {
  name: 'modules-when-taken',
  setup: build => {
    const index = /\/modules\/index\.[cm]?js$/
    build.onResolve({ filter: index }, ({ path, resolveDir }) => ({
      path: join(resolveDir, `${path.slice(0, -2)}cjs`),
    }))
    build.onLoad({ filter: index }, async ({ path }) => {
      const text = await readFile(`${path.slice(0, -3)}js`, 'utf8')
      const getters = [...text.matchAll(/^export \{ (.+) \} from (.+);$/gm)].flatMap(([, names = '', file = '']) =>
        names.split(', ').map(name => `get ${name}() { return require(${file}).${name} }`),
      )
      return { contents: `module.exports = { ${getters.join(', ')} }` }
    })
  },
}

/** Replaces jiti's import() by the function that the bundle gets, because import() fails in code from V8's cache. */
const importsFromOutside: Plugin = {
  name: 'imports-from-outside',
  setup: build => {
    build.onLoad({ filter: /\/jiti\/lib\/jiti\.mjs$/ }, async ({ path }) => {
      const text = await readFile(path, 'utf8')
      const contents = text.replace('(id) => import(id)', 'importFromOutside')
      if (contents === text) throw new Error(`${path} imports in another way than it did`)
      return { contents }
    })
  },
}

/** Files that went into the bundle. */
const bundled = new Set<string>()

/** The licence texts of the packages that are in the bundle, as most of them ask for. */
async function licences(): Promise<string> {
  const packages = new Set([...bundled].flatMap(file => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file) ?? []))
  const texts = [...packages].toSorted().map(async folder => {
    const { name, version, license } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as Manifest
    const files = (await readdir(folder)).filter(file => /^licen[cs]e/i.test(file))
    const text = await Promise.all(files.map(file => readFile(join(folder, file), 'utf8')))
    if (license === undefined && text.length === 0) throw new Error(`${name} ${version} names no licence`)
    return `${name} ${version} (${license ?? 'see below'})\n\n${text.join('\n').trim()}\n`
  })
  return (await Promise.all(texts)).join(`\n${'-'.repeat(80)}\n\n`)
}

interface Manifest {
  readonly name: string
  readonly version: string
  readonly license?: string
}

/**
 * Bundles each of the command line's two entry points into one file, because finding and compiling hundreds of files
 * takes most of the start-up time. The input is tsc's output, in which 'haq' is the same file for all importers.
 */
for (const name of ['main', 'commands']) {
  const { outputFiles, metafile } = await build({
    metafile: true,
    entryPoints: [`dist/src/cli/${name}.js`],
    bundle: true,
    write: false,
    platform: 'node',
    target: 'node20.19',
    format: 'cjs',
    define: { 'import.meta.url': 'importMetaUrl' },
    banner: { js: "const importMetaUrl = require('node:url').pathToFileURL(__filename).href" },
    // cosmiconfig needs it only for its own TypeScript loader, which haq does not use.
    external: ['typescript'],
    plugins: [modulesWhenTaken, importsFromOutside],
    // A smaller file loads faster. Names stay, because names of errors are shown, and lines stay for stack traces.
    minifyWhitespace: true,
    minifySyntax: true,
    lineLimit: 160,
    legalComments: 'none',
    logLevel: 'warning',
  })
  for (const input of Object.keys(metafile.inputs)) bundled.add(input)
  const text = outputFiles.map(file => file.text).join('')
  // esbuild escapes strings, but not regular expressions and tagged templates.
  const [strange] = /^.*[^\0-\x7f].*$/m.exec(text) ?? []
  if (strange !== undefined)
    process.stderr.write(`${name}.cjs is read more slowly, because it is not ASCII: ${strange}\n`)
  const file = `dist/src/cli/${name}.cjs`
  // Written to a new file and renamed, because another process may be running the old file.
  await writeFile(`${file}.new`, `${text}//${createHash('sha256').update(text).digest('hex').slice(0, 16)}\n`)
  await chmod(`${file}.new`, 0o755)
  await rename(`${file}.new`, file)
}
await writeFile('dist/src/THIRD_PARTY_LICENSES', await licences())
