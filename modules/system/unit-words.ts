/** A word in a unit file that systemd takes as it is. @see systemd.syntax(7), Quoting */
export function quoted(word: string): string {
  const escaped = word.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('%', '%%')
  return `"${escaped}"`
}

/** A word of a command line, in which systemd would also put variables in. @see systemd.service(5), Command lines */
export function execWord(word: string): string {
  return quoted(word).replaceAll('$', '$$$$')
}
