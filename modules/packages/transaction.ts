import { sh, type Script } from 'haq'

/** Where scripts keep what they need for a moment. The login's TMPDIR may name a folder that is gone. */
export const scratchTemplate = '/tmp/haq.XXXXXX'

export interface TransactionOptions {
  /** Seconds to wait for a lock that another process holds. */
  readonly lockTimeout: number
}

/**
 * The beginning of every transaction script. `unlocked COMMAND` runs a command, and repeats it while another process
 * holds a lock that the command needs. A held lock is recognised by a message that matches `$held`, or by `holder`.
 * `fail` exits with the package manager's own error as the last line.
 */
export function transaction({ lockTimeout }: TransactionOptions): Script {
  // The output of the package manager goes to a file. A service that the package manager starts would keep a pipe open,
  // and a pipe that breaks with the connection would abort the package manager half-way.
  return sh`log=$(mktemp ${scratchTemplate}) || exit 1
trap 'rm -f "$log"' EXIT
trap 'exit 143' HUP INT TERM
# Seconds since the host started: a clock that is set meanwhile neither ends the wait nor makes it longer.
seconds() { IFS=. read -r seconds rest </proc/uptime && echo "$seconds"; }
deadline=$(($(seconds) + ${lockTimeout}))
expired() { [ "$(seconds)" -ge "$deadline" ]; }
unlocked() {
  while :; do
    if holder >"$log"; then if expired; then return 1; fi
    elif "$@" >"$log" 2>&1 </dev/null; then return 0
    elif ! grep -Eq "$held" "$log"; then return 1
    elif expired; then return 1
    fi
    sleep 1
  done
}
reason() { { summary | grep . || tail -n 1 "$log"; } | awk 'NR > 1 { printf "; " } { printf "%s", $0 } END { print "" }'; }
fail() { cat "$log" >&2; printf '%s%s\n' "$1" "$(reason)" >&2; exit 1; }`
}
