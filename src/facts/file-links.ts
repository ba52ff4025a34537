import { sh } from '../core/shell.ts'

/**
 * Ends a script at `$path` when it is a link of an unprivileged user: what it leads to is theirs to choose, and root would
 * read, show and write it for them. A user who is not root follows their own links.
 */
export const refuseForeignLink = sh`if [ -L "$path" ]; then
  haq_owner=$(stat -c %u "$path") || exit 1
  if [ "$haq_owner" != 0 ] && [ "$haq_owner" != "$(id -u)" ]; then
    echo "$path is a link of user $haq_owner; haq follows only links of root and of its own user" >&2; exit 1
  fi
fi`

/** Ends a script at `$path` when it is a link that goes round in a circle, or into a folder that is not there. */
export const refuseLostLink = sh`if [ -L "$path" ] && ! readlink -f "$path" >/dev/null 2>&1; then
  echo "$path is a link that leads nowhere" >&2; exit 1
fi`
