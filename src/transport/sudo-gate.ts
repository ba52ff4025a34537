import type { Secret } from '../core/secret.ts'
import type { BecomeMarks } from './reach.ts'

/**
 * Holds back the text for a shell until sudo has its password and the shell is up. So sudo reads nothing but the
 * password, and nothing but sudo reads the password.
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

  /** Takes standard output before the shell is up. */
  onStdout(chunk: Buffer): void {
    const { up } = this.#marks
    const said = this.#said + chunk.toString('latin1')
    // The mark can only start in the last bytes.
    this.#said = said.slice(-up.length)
    if (this.#held === undefined || !said.includes(up)) return
    const text = this.#held
    this.#held = undefined
    this.#write(text)
  }

  /**
   * Answers sudo's prompt once, before the shell is up.
   * @returns whether sudo asks again, because the password is wrong
   */
  onStderr(said: string): boolean {
    if (!said.endsWith(this.#marks.prompt)) return false
    if (this.#isAnswered) return true
    this.#isAnswered = true
    this.#write(`${this.#password.reveal()}\n`)
    return false
  }
}
