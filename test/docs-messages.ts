import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { read, root } from './docs-pages.ts'

/** What haq can print of its own accord, as its sources make it. */
export interface Message {
  /** File and line where it is made. */
  readonly place: string
  /** Every way in which it can read, line by line; a value that is known only then is a hole. */
  readonly variants: readonly string[]
}

/** Stands for a value in a message. */
export const hole = '\0'

/** Functions that are given a message: its place among their arguments. */
const speakers = new Map([
  ['warn', 0],
  ['giveUp', 0],
  ['conflict', 0],
  ['refused', 1],
  ['bootError', 2],
  ['process.stderr.write', 0],
])

/** Every text that an expression can become. */
type Texts = readonly string[]

const sideBySide = (parts: readonly Texts[], between = ''): Texts =>
  parts.reduce((before, part) => before.flatMap(text => part.map(next => `${text}${between}${next}`)))

/** What the names of a file stand for: values of constants, and what functions return. */
type Names = ReadonlyMap<string, readonly ts.Node[]>

function textsOf(node: ts.Node, names: Names, seen: readonly string[] = []): Texts {
  const of = (part: ts.Node): Texts => textsOf(part, names, seen)
  const follow = (name: string): Texts => {
    const values = seen.includes(name) ? [] : (names.get(name) ?? [])
    return values.length === 0 ? [hole] : values.flatMap(value => textsOf(value, names, [...seen, name]))
  }
  if (ts.isStringLiteralLike(node)) return [node.text]
  if (ts.isTemplateExpression(node))
    return sideBySide([
      [node.head.text],
      ...node.templateSpans.flatMap(({ expression, literal }) => [of(expression), [literal.text]]),
    ])
  if (ts.isConditionalExpression(node)) return [...of(node.whenTrue), ...of(node.whenFalse)]
  // What stands in for a value that is missing says nothing when it is empty.
  if (ts.isBinaryExpression(node)) return [...of(node.left), ...of(node.right).filter(text => text !== '')]
  if (ts.isParenthesizedExpression(node)) return of(node.expression)
  if (ts.isIdentifier(node)) return follow(node.text)
  if (ts.isCallExpression(node)) {
    if (ts.isIdentifier(node.expression)) return follow(node.expression.text)
    if (
      ts.isPropertyAccessExpression(node.expression) &&
      node.expression.name.text === 'join' &&
      ts.isArrayLiteralExpression(node.expression.expression)
    )
      return sideBySide(node.expression.expression.elements.map(of), '\n')
  }
  return [hole]
}

function namesIn(source: ts.SourceFile): Names {
  const names = new Map<string, ts.Node[]>()
  const add = (name: string, value: ts.Node): void => void names.set(name, [...(names.get(name) ?? []), value])
  const visit = (node: ts.Node, inside: string | undefined): void => {
    const owner = ts.isFunctionDeclaration(node) ? node.name?.text : inside
    if (ts.isVariableDeclaration(node) && ts.isIdentifier(node.name) && node.initializer) {
      const value = node.initializer
      add(node.name.text, ts.isArrowFunction(value) && !ts.isBlock(value.body) ? value.body : value)
    }
    if (ts.isReturnStatement(node) && node.expression && owner !== undefined) add(owner, node.expression)
    ts.forEachChild(node, child => visit(child, owner))
  }
  visit(source, undefined)
  return names
}

/** The expression of the message that a node makes, where it makes one. */
function messageIn(node: ts.Node): ts.Node | undefined {
  if (ts.isNewExpression(node) && /(Error|Problem)$/.test(node.expression.getText())) return node.arguments?.[0]
  if (ts.isCallExpression(node)) {
    const name = node.expression.getText()
    const place = speakers.get(name) ?? speakers.get(name.split(/[.#]/).at(-1) ?? '')
    return place === undefined ? undefined : node.arguments[place]
  }
  // A method that lists them, each made by a template.
  if (ts.isTemplateExpression(node))
    return ts.findAncestor(node, ts.isMethodDeclaration)?.name.getText() === 'warnings' ? node : undefined
  // One of the problems that an error lists; what a parameter takes is said where the module is described.
  if (node.getSourceFile().fileName.startsWith('modules')) return undefined
  if (ts.isShorthandPropertyAssignment(node) && node.name.text === 'message') return node.name
  if (ts.isPropertyAssignment(node) && /^(message|error)$/.test(node.name.getText())) return node.initializer
  // A table of what to say when a pattern matches.
  const [first, second] = ts.isArrayLiteralExpression(node) ? node.elements : []
  return first && ts.isRegularExpressionLiteral(first) ? second : undefined
}

function messagesOf(file: string): readonly Message[] {
  const source = ts.createSourceFile(file, read(file), ts.ScriptTarget.Latest, true)
  const names = namesIn(source)
  const found: Message[] = []
  const visit = (node: ts.Node): void => {
    const message = messageIn(node)
    const line = source.getLineAndCharacterOfPosition(node.getStart()).line + 1
    const variants = message ? textsOf(message, names).flatMap(text => text.split('\n')) : []
    const told = [...new Set(variants)].filter(text => wordsIn(text).length > 0)
    if (told.length > 0) found.push({ place: `${file}:${line}`, variants: told })
    ts.forEachChild(node, visit)
  }
  visit(source)
  return found
}

/** The parts of a message that stay the same and say something: at least two words. */
export function wordsIn(text: string): readonly string[] {
  return text
    .split(hole)
    .map(part => part.trim())
    .filter(part => /\p{L}{2}[^]*\s[^]*\p{L}/u.test(part))
}

const filesOf = (folder: string): readonly string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter(file => file.endsWith('.ts'))
    .map(file => join(folder, file))

/** The messages of the framework, and the errors of the collection. */
export const messages: readonly Message[] = [
  ...filesOf('src').filter(file => !file.startsWith(join('src', 'testing'))),
  ...filesOf('modules'),
].flatMap(messagesOf)
