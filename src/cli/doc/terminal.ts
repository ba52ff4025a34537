import type { Paint } from '../../report/style.ts'
import { fold } from './fold.ts'
import { byFamily, handlerText, type ModuleDoc } from './module-doc.ts'
import type { Param } from './params.ts'

/** The terminal that text is made for. */
export interface Screen {
  /** The most columns of a line. */
  readonly width: number
  readonly paint: Paint
}

/** The list of all modules with their summaries, family by family. */
export function listText(docs: readonly ModuleDoc[], { width, paint }: Screen): string {
  const column = Math.max(...docs.map(({ name }) => name.length))
  return [...byFamily(docs)]
    .map(([family, members]) =>
      [
        paint('bold', family),
        ...members.map(({ name, summary }) => fold(summary, width, `  ${name.padEnd(column)}  `)),
      ].join('\n'),
    )
    .join('\n\n')
}

/** The full documentation of a module. */
export function moduleText(doc: ModuleDoc, screen: Screen): string {
  const { name, summary, canBeHandler, comment, params } = doc
  const { width, paint } = screen
  const section = (title: string, lines: readonly string[]): readonly string[] =>
    lines.length > 0 ? [[paint('bold', title), ...lines].join('\n')] : []
  return [
    fold(`${name}: ${summary}`, width).replace(name, paint('bold', name)),
    ...comment.paragraphs.map(paragraph => fold(paragraph, width)),
    ...(canBeHandler ? [fold(handlerText(doc), width)] : []),
    ...(params.length > 0
      ? section('Parameters (* must be given)', paramLines(params, '  ', screen))
      : [`${paint('bold', 'Parameters')}: none`]),
    // Code is not wrapped, so that it can be copied.
    ...section('Example', comment.example?.split('\n').map(line => `  ${line}`) ?? []),
    ...section(
      'See also',
      comment.see.map(page => fold(page, width, '  ')),
    ),
  ].join('\n\n')
}

function paramLines(params: readonly Param[], indent: string, screen: Screen): readonly string[] {
  const longest = Math.max(0, ...params.map(({ name }) => name.length)) + 1
  const column = Math.min(longest, Math.floor(screen.width / 4))
  return params.flatMap(({ name, takes, isRequired, fallback, description, forms }) => {
    const head = `${indent}${`${name}${isRequired ? '*' : ''}`.padEnd(column)}  `
    const what = `${takes}${fallback === undefined ? '' : `, default ${fallback}`}`
    return [
      fold(description ? `${what}: ${description}` : what, screen.width, head, indent.length + column + 2),
      ...forms.flatMap(({ when, params: inner }) =>
        when
          ? [`${indent}  with ${when}`, ...paramLines(inner, `${indent}    `, screen)]
          : paramLines(inner, `${indent}  `, screen),
      ),
    ]
  })
}
