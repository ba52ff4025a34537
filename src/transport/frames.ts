import { randomBytes } from 'node:crypto'
import type { ByteString } from '../core/bytes.ts'
import type { Script } from '../core/shell.ts'
import { sh } from '../core/shell.ts'

/** The result of a script: its output and its exit status. */
export interface Frame {
  readonly status: number
  readonly stdout: ByteString
  readonly stderr: ByteString
}

/** A script and the mark that ends its frame. */
export interface MarkedScript {
  readonly script: Script
  readonly mark: string
}

/**
 * A random word. Each frame ends with a different mark, so that a mark which somebody has seen can't end another frame.
 * Marks are sent by standard input and written by the shell's builtin `printf`, because every user of a host can read
 * the arguments of all processes.
 */
export function newMark(): string {
  return `haq-${randomBytes(16).toString('hex')}`
}

/**
 * The first script of each shell. It sets USER, LOGNAME and HOME, which the environment of haq's shell does not have.
 * For root it starts no program, which saves time in each run. Descriptor 3 is a copy of standard input, for the reader
 * beside a chain.
 */
const preamble: Script = sh`if [ -z "$HAQ_SHELL" ]; then
  echo "a login script on the host replaces haq's shell, for example with exec zsh in .bashrc" >&2; exit 1
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
 * Prepares the shell and writes a first frame, which takes everything that login scripts printed. The empty line is for
 * login scripts that read a line.
 */
export function greetingText(mark: string): string {
  return `\n${preamble.reveal()}\nhaq_s=0\n${trailer(mark)}`
}

/**
 * Wraps a script for a shell that reads from standard input. Because of `eval` in a subshell, a syntax error, an `exit`
 * or a changed directory does not affect the next script. The subshell is a command of its own: in a list with `||` a
 * shell would ignore the script's `set -e`. The subshell closes descriptor 3, and 9 with the host's lock: a daemon that
 * a step starts would keep them open for ever.
 */
export function frameText({ script, mark }: MarkedScript): string {
  return framed(sh`( eval ${script.reveal()} ) </dev/null 3<&- 9>&-`, mark)
}

/** Wraps a script without a subshell: descriptors that it opens stay open until the session ends. */
export function heldFrameText({ script, mark }: MarkedScript): string {
  return framed(sh`{ eval ${script.reveal()}; } </dev/null`, mark)
}

function framed(command: Script, mark: string): string {
  return `${command.reveal()}; haq_s=$?\n${trailer(mark)}`
}

/** Writes the mark to both streams, with the exit status on standard output. */
function trailer(mark: string): string {
  return `${sh`printf ${`\\n${mark} %s\\n`} "$haq_s"; printf ${`\\n${mark} \\n`} >&2`.reveal()}\n`
}

/** Stands for the exit status of a script that did not run, because an earlier one failed or the chain was stopped. */
const notRun = '-'

/** The line that ends the reader beside a chain. Any other line, or the end of the connection, stops the chain. */
export const chainEnd = 'end\n'
export const chainStop = 'stop\n'

/**
 * Wraps scripts that are sent together and run one after the other, until one fails or haq stops the chain. When it is
 * stopped, the current script finishes and no other starts. A background reader reads one line from haq and signals the
 * shell. All is one compound command, so that the shell has read all of it before the reader starts.
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
 * Runs scripts, one after the other, at the same time as other framed scripts, and writes their frames after the
 * others. Such a frame has both streams on standard output, because its standard error would mix with the other frames.
 */
export function besideText(scripts: readonly MarkedScript[], framedText: string): string {
  const frames = scripts.map(
    ({ script, mark }) => sh`haq_e=$( ( eval ${script.reveal()} ) </dev/null 3<&- 9>&- 2>&1 >&6 6>&- ); haq_s=$?
printf ${`\\n${mark} %s\\n`} "$haq_s"; printf ${`%s\\n${mark} \\n`} "$haq_e"
`,
  )
  return `{ ${frames.map(frame => frame.reveal()).join('')}} 6>&1 | {\n${framedText}cat; }\n`
}

/** The exit status in a trailer; `undefined` when the script did not run. */
export function parseTrailer(trailer: string): number | undefined {
  return trailer === notRun ? undefined : Number(trailer)
}
