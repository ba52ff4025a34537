import { sh, type Script } from 'haq'

export interface TransactionOptions {
  /** Seconds to wait for a lock that another process holds. */
  readonly lockTimeout: number
}

/**
 * What every transaction starts with. `unlocked COMMAND` runs a command and, while another process holds a lock that it
 * needs (it says so in the words of `$held`, or `holder` finds one), tries again; `fail` ends with the manager's own
 * reason as the last line.
 */
export function transaction({ lockTimeout }: TransactionOptions): Script {
  // What the manager says goes to a file: a service that it starts would keep a pipe open, and one that breaks with
  // the connection would end the manager half-way.
  return sh`if [ "$(id -u)" != 0 ]; then echo 'only root can change packages; become root with -b' >&2; exit 1; fi
log=$(mktemp)
trap 'rm -f "$log"' EXIT
trap 'exit 143' HUP INT TERM
deadline=$(($(date +%s) + ${lockTimeout}))
expired() { [ "$(date +%s)" -ge "$deadline" ]; }
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
