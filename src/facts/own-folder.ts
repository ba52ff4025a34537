import { sh } from '../core/shell.ts'

/**
 * Sets `haq_own` to where a host keeps what is haq's own: root's place, or the user's where haq is not root. Who may write
 * to root's place is told without a program: a thousand hosts are asked each time.
 */
export const ownFolder = sh`haq_own=/var/lib/haq; [ -w /var/lib ] || haq_own=$HOME/.local/state/haq`
