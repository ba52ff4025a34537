/**
 * Wraps text between words so that no line is longer than the width.
 * @param head is put before the first word; the other lines are indented
 */
export function fold(text: string, width: number, head = '', indent = head.length): string {
  const lines: string[] = []
  let line = head
  let isEmpty = true
  for (const word of text.split(' ')) {
    if (!isEmpty && line.length + 1 + word.length > width) {
      lines.push(line)
      line = ' '.repeat(indent)
      isEmpty = true
    }
    line += isEmpty ? word : ` ${word}`
    isEmpty = false
  }
  return [...lines, line].join('\n')
}
