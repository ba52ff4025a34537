import { absent, isKnown, type Absent, type Unknown } from '../core/fact.ts'
import { MaskedText } from '../core/secret.ts'
import type { Attributes } from '../core/step.ts'

/**
 * Whether what a file held before may be a secret that nobody told haq of, and is hidden as a whole: the module says that
 * such files hold secrets, or the mode, the new or the old one, keeps others from reading the file.
 */
export function hidesOldContent(
  { holdsSecrets = false, mode }: { readonly holdsSecrets?: boolean; readonly mode?: string },
  current: Pick<Attributes, 'mode'> | Absent | Unknown,
): boolean {
  const modes = [mode, isKnown(current) && current !== absent ? current.mode : undefined]
  return holdsSecrets || modes.some(bits => bits !== undefined && (parseInt(bits, 8) & 0o004) === 0)
}

/**
 * An old text that stays hidden: wherever it is printed or kept, only those of its lines are left that the new text has
 * too. `--show-old` reveals it, on the screen and nowhere else.
 */
export function hiddenText(old: string, next: string): MaskedText {
  const known = new Set(next.split('\n'))
  const shown = old.split('\n').filter(line => known.has(line))
  return new MaskedText(old, shown.join('\n'))
}
