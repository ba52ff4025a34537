/** A word for a unit file that systemd takes literally. @see systemd.syntax(7), Quoting */
export function quoted(word: string): string {
  const escaped = word.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('%', '%%')
  return `"${escaped}"`
}

/**
 * A word for a command line in a unit file. There systemd would also replace variables.
 *
 * @see systemd.service(5), Command lines
 */
export function execWord(word: string): string {
  return quoted(word).replaceAll('$', '$$$$')
}
