/**
 * The last lines of what a script printed, as many as have room. No line is cut: half of a secret would not be known as
 * one, and would show.
 * @param room characters
 */
export function lastLines(text: string, room: number): string {
  if (text.length <= room) return text
  const before = text.indexOf('\n', text.length - room - 1)
  if (before < 0) return `(a line of ${text.length - text.lastIndexOf('\n') - 1} characters)`
  return `(the first ${before} characters are left out)\n${text.slice(before + 1)}`
}
