import { deepStrictEqual, ok } from 'node:assert'
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { test } from 'uvu'

const root = fileURLToPath(new URL('../../', import.meta.url))
const { layers, knowsCollection, families } = JSON.parse(readFileSync(join(root, 'architecture.json'), 'utf8')) as {
  layers: readonly string[]
  knowsCollection: readonly string[]
  families: Readonly<Record<string, readonly string[]>>
}

const filesOf = (folder: string): readonly string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter(file => file.endsWith('.ts'))
    .map(file => join(folder, file))

/** What a file imports by a relative path, imports of types and lazy ones included. */
function importsOf(file: string): readonly string[] {
  const { importedFiles } = ts.preProcessFile(readFileSync(join(root, file), 'utf8'), true, true)
  return importedFiles
    .map(({ fileName }) => fileName)
    .filter(name => name.startsWith('.'))
    .map(name => join(dirname(file), name))
}

const graph = new Map([...filesOf('src'), ...filesOf('modules')].map(file => [file, importsOf(file)] as const))

/** The first circle that starts at a file, if there is one. */
function circleFrom(file: string, path: readonly string[], done: Set<string>): readonly string[] | undefined {
  const start = path.indexOf(file)
  if (start >= 0) return [...path.slice(start), file]
  if (done.has(file)) return undefined
  done.add(file)
  for (const next of graph.get(file) ?? []) {
    const circle = circleFrom(next, [...path, file], done)
    if (circle) return circle
  }
  return undefined
}

test('there are no import circles', () => {
  ok(graph.size > 200, 'the files are found')
  const done = new Set<string>()
  const circles = [...graph.keys()].flatMap(file => {
    const circle = circleFrom(file, [], done)
    return circle ? [circle.join(' → ')] : []
  })
  deepStrictEqual(circles, [])
})

const placeOf = (file: string): { readonly top: string; readonly name: string } => {
  const [top = '', name = ''] = file.split('/')
  return { top, name }
}

test('a layer imports only itself and lower layers', () => {
  const wrong = [...graph].flatMap(([file, imports]) => {
    const { top, name } = placeOf(file)
    if (top !== 'src' || !layers.includes(name)) return []
    return imports.filter(
      other => placeOf(other).top === 'src' && layers.indexOf(placeOf(other).name) > layers.indexOf(name),
    )
  })
  deepStrictEqual(wrong, [])
})

test('of the framework only the layers that architecture.json names import the collection', () => {
  const strangers = [...graph].flatMap(([file, imports]) => {
    const { top, name } = placeOf(file)
    if (top !== 'src' || knowsCollection.includes(name)) return []
    return imports.filter(other => placeOf(other).top === 'modules').map(other => `${file} imports ${other}`)
  })
  deepStrictEqual(strangers, [])
})

test('nothing in the collection imports the framework by a path', () => {
  const wrong = [...graph].flatMap(([file, imports]) =>
    placeOf(file).top === 'modules' ? imports.filter(other => placeOf(other).top === 'src') : [],
  )
  deepStrictEqual(wrong, [])
})

test('a family imports only itself and the families that architecture.json allows it', () => {
  const wrong = [...graph].flatMap(([file, imports]) => {
    const { top, name } = placeOf(file)
    if (top !== 'modules' || name === 'index.ts') return []
    return imports
      .filter(other => {
        const place = placeOf(other)
        return place.top !== 'modules' || (place.name !== name && !families[name]?.includes(place.name))
      })
      .map(other => `${file} imports ${other}`)
  })
  deepStrictEqual(wrong, [])
})

test('every folder of the collection is a family, and every folder of the framework a layer', () => {
  const folders = (top: string): readonly string[] =>
    readdirSync(join(root, top), { withFileTypes: true }).flatMap(entry => (entry.isDirectory() ? [entry.name] : []))
  deepStrictEqual(folders('modules').toSorted(), Object.keys(families).toSorted())
  deepStrictEqual(folders('src').toSorted(), layers.toSorted())
})

test.run()
