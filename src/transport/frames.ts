import { randomBytes } from 'node:crypto'
import type { ByteString } from '../core/bytes.ts'
import type { Script } from '../core/shell.ts'
import { sh } from '../core/shell.ts'

/** One script's result: what it wrote and how it ended. */
export interface Frame {
  readonly status: number
  readonly stdout: ByteString
  readonly stderr: ByteString
}

/** A script, and the mark that ends its frame. */
export interface MarkedScript {
  readonly script: Script
  readonly mark: string
}

/**
 * A word that nobody can guess. Each frame ends with one of its own, so that who has seen one can't end another frame
 * with it. It reaches the host by standard input and is written by the shell's own `printf`, because every user of a host
 * can read the arguments of all its processes.
 */
export function newMark(): string {
  return `haq-${randomBytes(16).toString('hex')}`
}

/**
 * What the shell gets first. Who its user is does not stand in its environment, and is asked of the host; of root that
 * takes no program, as a thousand hosts are asked each time. Descriptor 3 is what haq writes, for who reads it beside the
 * shell itself.
 */
const preamble: Script = sh`if [ -z "$HAQ_SHELL" ]; then
  echo "a login script on the host starts something else in the place of haq's shell, such as exec zsh in .bashrc" >&2; exit 1
fi
unset HAQ_SHELL
set +xv; umask 022
haq_home=~root
if [ -O / ] && [ "$haq_home" != '~root' ]; then USER=root
else
  USER=$(id -un 2>/dev/null) || USER=$(id -u)
  # What may follow a tilde; other names are looked up.
  case $USER in
  [!A-Za-z_]* | *[!A-Za-z0-9._@-]*) haq_home=$(getent passwd "$(id -u)" 2>/dev/null | cut -d: -f6) ;;
  *) eval "haq_home=~$USER" ;;
  esac
  case $haq_home in /*) ;; *) haq_home=/ ;; esac
fi
[ -n "$HOME" ] || HOME=$haq_home
unset haq_home
LOGNAME=$USER; export HOME USER LOGNAME
exec 3<&0`

/**
 * Makes a shell ready, and says so by a frame: it takes up whatever a login script printed. The empty line is for a login
 * script that reads one.
 */
export function greetingText(mark: string): string {
  return `\n${preamble.reveal()}\nhaq_s=0\n${trailer(mark)}`
}

/**
 * Wraps a script for a shell that reads from standard input. `eval` in a subshell keeps a syntax error, an `exit` or a
 * changed directory of one script away from the next. The subshell stands alone: behind `||` a shell would ignore the
 * `set -e` of the script in it. It closes descriptor 3, and 9, on which the shell may hold the host's lock: a daemon
 * that a step starts would keep them for ever.
 */
export function frameText({ script, mark }: MarkedScript): string {
  return framed(sh`( eval ${script.reveal()} ) </dev/null 3<&- 9>&-`, mark)
}

/** The same in the shell itself, without a subshell: what the script opens stays open for the session. */
export function heldFrameText({ script, mark }: MarkedScript): string {
  return framed(sh`{ eval ${script.reveal()}; } </dev/null`, mark)
}

function framed(command: Script, mark: string): string {
  return `${command.reveal()}; haq_s=$?\n${trailer(mark)}`
}

/** Ends both streams of a script with its mark, and says its exit status. */
function trailer(mark: string): string {
  return `${sh`printf ${`\\n${mark} %s\\n`} "$haq_s"; printf ${`\\n${mark} \\n`} >&2`.reveal()}\n`
}

/** The exit status in the frame of a script that was not run, because one before it failed or the chain was stopped. */
const notRun = '-'

/** The line that lets the reader beside a chain go; any other one, and the end of the connection, stops the chain. */
export const chainEnd = 'end\n'
export const chainStop = 'stop\n'

/**
 * Wraps scripts that go out together and run one after the other until one fails, or until haq says stop: the script in
 * hand then ends, and no other is started. A reader beside them takes one line of what haq writes, and tells the shell by
 * a signal. The whole is one compound command, so that the shell has read all of it before the reader starts.
 */
export function chainText(scripts: readonly MarkedScript[]): string {
  const links = scripts.map(
    link => `if [ -n "$haq_stop" ]; then haq_s=${notRun}
${trailer(link.mark)}else
${frameText(link)}[ "$haq_s" = 0 ] || haq_stop=1
fi
`,
  )
  return `{ haq_stop=; trap 'haq_stop=1' USR1
{ read -r haq_line && [ "$haq_line" = ${chainEnd.trim()} ] || kill -USR1 $$; } <&3 3<&- 9>&- >/dev/null 2>&1 &
haq_reader=$!
${links.join('')}wait "$haq_reader"; }
`
}

/**
 * Lets scripts run, one after the other, beside what is framed already, and writes their frames behind that. Such a frame
 * has both streams on standard output, because on standard error it would get into the frames of the others.
 */
export function besideText(scripts: readonly MarkedScript[], framedText: string): string {
  const frames = scripts.map(
    ({ script, mark }) => sh`haq_e=$( ( eval ${script.reveal()} ) </dev/null 3<&- 9>&- 2>&1 >&6 6>&- ); haq_s=$?
printf ${`\\n${mark} %s\\n`} "$haq_s"; printf ${`%s\\n${mark} \\n`} "$haq_e"
`,
  )
  return `{ ${frames.map(frame => frame.reveal()).join('')}} 6>&1 | {\n${framedText}cat; }\n`
}

/** What a frame's trailer says: the exit status, or that the script was not run. */
export function parseTrailer(trailer: string): number | undefined {
  return trailer === notRun ? undefined : Number(trailer)
}
