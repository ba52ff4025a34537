import type { Secret } from '../core/secret.ts'
import type { BecomeMarks } from './reach.ts'

/**
 * Keeps what is written to a shell back until sudo has its password and the shell says that it is up: nothing but the
 * password may be read by sudo, and the password by nothing else.
 */
export class SudoGate {
  readonly #marks: BecomeMarks
  readonly #password: Secret
  readonly #write: (text: string) => void
  #held: string | undefined = ''
  #said = ''
  #isAnswered = false

  constructor(marks: BecomeMarks, password: Secret, write: (text: string) => void) {
    this.#marks = marks
    this.#password = password
    this.#write = write
  }

  get isOpen(): boolean {
    return this.#held === undefined
  }

  write(text: string): void {
    if (this.#held === undefined) this.#write(text)
    else this.#held += text
  }

  /** Takes what comes before the shell is up. */
  onStdout(chunk: Buffer): void {
    const { up } = this.#marks
    const said = this.#said + chunk.toString('latin1')
    // Only the end can still be the start of the mark.
    this.#said = said.slice(-up.length)
    if (this.#held === undefined || !said.includes(up)) return
    const text = this.#held
    this.#held = undefined
    this.#write(text)
  }

  /** Answers sudo's question once, as long as the gate is not open. @returns whether sudo asks again, as it does when the password is wrong */
  onStderr(said: string): boolean {
    if (!said.endsWith(this.#marks.prompt)) return false
    if (this.#isAnswered) return true
    this.#isAnswered = true
    this.#write(`${this.#password.reveal()}\n`)
    return false
  }
}
