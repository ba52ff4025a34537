import { randomUUID } from 'node:crypto'
import { utf8Text } from '../core/bytes.ts'
import { LockedError } from '../core/errors.ts'
import { sh, type Script } from '../core/shell.ts'
import { ownFolder } from '../facts/own-folder.ts'
import type { HostShell } from '../transport/host-shell.ts'

/** How a run keeps others from the hosts that it changes. */
export interface LockOptions {
  /** Seconds to wait for another run that holds a host; 0 to fail at once. */
  readonly timeout: number
  /** Who runs, since when and from where, as another run is told of it. */
  readonly holder: string
}

/** Milliseconds between two tries for a lock that is held. */
const pollInterval = 500

/** How often a host looks for the words of a holder that has none yet, every 0.05 seconds. */
const introductions = 20

/**
 * The locks of one run, one a host. A lock is an open descriptor of the host's own shell, so that it goes with the
 * session, whatever ends it. A step that was in hand when its run was killed still ends first.
 * @see flock(1)
 */
export class HostLocks {
  readonly #run = randomUUID()
  readonly #options: LockOptions
  readonly #warn: (message: string) => void
  readonly #interrupted: () => boolean

  constructor(options: LockOptions, warn: (message: string) => void, interrupted: () => boolean) {
    this.#options = options
    this.#warn = warn
    this.#interrupted = interrupted
  }

  /**
   * Takes a host's lock; the script is sent at once, so that what is sent next runs behind it.
   * @returns whether it had to be waited for
   * @throws {LockedError} when another run still holds it after the time-out, or when this one is interrupted
   * @throws {ConnectError} when the connection is lost
   */
  async take(host: string, shell: HostShell): Promise<boolean> {
    const script = takeScript(this.#run, this.#options.holder)
    const start = performance.now()
    const waited = (): number => (performance.now() - start) / 1000
    let isTold = false
    for (let tries = 1; ; tries++) {
      const answer = parse(utf8Text((await shell.hold(script, 'lock')).stdout))
      if (answer.state === 'free') this.#warn(`${host} has no lock against a second run: ${answer.why}`)
      // The host may have two names in the inventory; that it is ours need not be waited for.
      if (answer.state !== 'held' || answer.run === this.#run) return tries > 1
      const { timeout } = this.#options
      if (this.#interrupted() || waited() >= timeout) throw lockedError(host, answer, timeout)
      if (!isTold && answer.holder !== undefined) {
        this.#warn(`${host} is held by another run: ${answer.holder}; waiting up to ${timeout} s`)
        isTold = true
      }
      await new Promise(resolve => setTimeout(resolve, Math.min(pollInterval, (timeout - waited()) * 1000)))
    }
  }
}

type Answer =
  | { readonly state: 'ours' }
  | { readonly state: 'free'; readonly why: string }
  | {
      readonly state: 'held'
      readonly shell?: string | undefined
      readonly run?: string | undefined
      readonly holder?: string
    }

/**
 * Root's lock is the host's; an ordinary user's is among their own files, as all that they change is. The file stays:
 * were it removed, two runs could hold two files of one name. What it says counts only while the shell that wrote it
 * lives, because the next holder may have the lock and not have written yet: that one is given a moment, on the host, as
 * where a host has many names somebody always has just taken it.
 */
function takeScript(run: string, holder: string): Script {
  return sh`if [ -w /run ]; then
  # In a folder of root's own: who can open the file can hold the lock.
  [ -d /run/haq-lock ] || mkdir -m 700 /run/haq-lock 2>/dev/null
  haq_lock=/run/haq-lock/lock
else
  ${ownFolder}; haq_lock=$haq_own/lock
  [ -d "$haq_own" ] || mkdir -p "$haq_own" 2>/dev/null
fi
if ! command -v flock >/dev/null; then echo free; echo 'it has no flock'
elif ! ( : >>"$haq_lock" ) 2>/dev/null; then echo free; echo "$haq_lock can't be written"
else
  exec 9>>"$haq_lock"
  haq_tries=0
  while :; do
    flock -n 9 2>/dev/null
    case $? in
    0)
      printf '%s\n' "$$" ${run} ${holder} >"$haq_lock"
      echo ours
      break ;;
    1)
      if read -r haq_holder <"$haq_lock" && kill -0 "$haq_holder" 2>/dev/null; then
        echo held; cat "$haq_lock"
      elif [ $((haq_tries += 1)) -gt ${introductions} ]; then echo held
      else sleep 0.05 2>/dev/null || sleep 1; continue
      fi ;;
    *) echo free; echo "flock can't lock $haq_lock" ;;
    esac
    exec 9>&-
    break
  done
fi
unset haq_lock haq_holder haq_own haq_tries`
}

function parse(text: string): Answer {
  const [state, ...words] = text.trimEnd().split('\n')
  if (state === 'ours') return { state }
  if (state === 'free') return { state, why: words.join(' ') }
  const [shell, run, holder] = words
  // Whatever stands in the file, it must not write on a terminal what is not text.
  return holder ? { state: 'held', shell, run, holder: holder.replaceAll(/\p{Cc}/gu, '') } : { state: 'held' }
}

function lockedError(
  host: string,
  { shell, holder = 'it does not say which' }: Extract<Answer, { state: 'held' }>,
  timeout: number,
): LockedError {
  const wait = timeout > 0 ? `, still after ${timeout} s` : ''
  return new LockedError(`${host} is held by another run: ${holder}${wait}`, {
    host,
    hint: `wait longer with --lock-timeout${shell ? `; its shell on the host is process ${shell}` : ''}`,
  })
}
