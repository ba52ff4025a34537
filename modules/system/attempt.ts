import { sh, type Script } from 'haq'

/** Words that make a line of a log the likely reason of a failure. */
const bad =
  "error|fail|fatal|refus|denied|invalid|cannot|can't|unable|disagree|not found|no such|in use|exception|panic"

/**
 * Runs a verb of systemctl. If the unit fails, systemctl only says where to look. The script then prints the unit's own
 * last lines, from the journal and from log files that the unit writes itself, and ends with the line that names the
 * reason.
 *
 * @see systemctl(1); systemd.exec(5), StandardOutput=
 */
export function attempt(verb: string, unit: string): Script {
  return sh`since=$(date +%s)
said=$(systemctl ${verb} -- ${unit} 2>&1) || {
  printf '%s\n' "$said" >&2
  # Any other sentence is a reason in itself, such as that the unit is masked.
  case $said in 'Job for '*) ;; *) exit 1 ;; esac
  systemctl status --no-pager --lines 15 -- ${unit} || :
  logged=$(
    journalctl -q --no-pager -o cat -n 40 --since "@$since" _SYSTEMD_UNIT=${unit} 2>/dev/null
    systemctl cat -- ${unit} 2>/dev/null | sed -nE 's/^Standard(Output|Error)=(append|file|truncate)://p' | sort -u |
      while read -r log; do
        if [ "$(stat -c %Y "$log" 2>/dev/null || echo 0)" -ge "$since" ]; then tail -n 40 "$log"; fi
      done
  )
  [ -n "$logged" ] || { echo 'it failed, and its log says nothing' >&2; exit 1; }
  printf '%s\n' "$logged" | tail -n 20 >&2
  why=$(printf '%s\n' "$logged" | grep -Ei -e ${bad} | tail -n 1)
  [ -n "$why" ] || why=$(printf '%s\n' "$logged" | grep . | tail -n 1)
  # A sentence inside of a data structure, as Erlang logs it.
  words=$(printf '%s\n' "$why" | sed -n 's/.*\\"\([^"\\]* [^"\\]* [^"\\]*\)\\".*/\1/p')
  [ -z "$words" ] || why=$words
  printf 'its log says: %s\n' "$(printf '%s\n' "$why" | tr -d '\r' | sed 's/^[[:space:]]*//' | cut -c 1-400)" >&2
  exit 1
}
printf '%s\n' "$said" | grep . >&2 || :`
}
