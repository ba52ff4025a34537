import { inspect } from 'node:util'

// ASCII, so that it is the same in bytes as in text.
const mask = '********'

/**
 * A value that prints as a mask wherever it goes: in strings, JSON, diffs, logs and `console.log`.
 * It compares by what it really holds.
 */
export class Secret {
  readonly #value: string

  constructor(value: string) {
    this.#value = value
  }

  /** The real value. Only for what is sent to a host on standard input, and for checks that never print it. */
  reveal(): string {
    return this.#value
  }

  equals(other: Secret): boolean {
    return this.#value === other.#value
  }

  toString(): string {
    return mask
  }

  toJSON(): string {
    return mask
  }

  [inspect.custom](): string {
    return mask
  }
}

/** Text that may hold secrets: it shows masked and is revealed only on its way to a host. */
export class MaskedText {
  readonly #revealed: string
  readonly #masked: string

  constructor(revealed: string, masked: string) {
    this.#revealed = revealed
    this.#masked = masked
  }

  reveal(): string {
    return this.#revealed
  }

  /** Whether it prints as something else than it is. */
  get hidesSomething(): boolean {
    return this.#masked !== this.#revealed
  }

  toString(): string {
    return this.#masked
  }

  toJSON(): string {
    return this.#masked
  }

  [inspect.custom](): string {
    return this.#masked
  }
}

/**
 * Template that keeps secrets secret: `` masked`password ${secret}` `` holds the real text and prints the masked one.
 * @param values strings, numbers, secrets, and other masked texts
 */
export function masked(
  strings: TemplateStringsArray,
  ...values: readonly (string | number | Secret | MaskedText)[]
): MaskedText {
  const fill = (show: (value: Secret | MaskedText) => string): string =>
    strings.reduce((text, part, i) => {
      const value = values[i - 1]
      return text + (value instanceof Secret || value instanceof MaskedText ? show(value) : String(value)) + part
    })
  return new MaskedText(
    fill(value => value.reveal()),
    fill(value => value.toString()),
  )
}

/** Every secret in a value, however deep. */
export function secretsIn(value: unknown, seen = new Set<unknown>()): readonly Secret[] {
  if (value instanceof Secret) return [value]
  if (typeof value !== 'object' || value === null || seen.has(value)) return []
  seen.add(value)
  return Object.values(value).flatMap(part => secretsIn(part, seen))
}

/** Shorter lines of a secret of several lines, such as a brace, would mask what is none. */
const shortestLine = 6

function linesOf(value: string): readonly string[] {
  return value
    .split('\n')
    .map(line => line.trim())
    .filter(line => line.length >= shortestLine)
}

/** Puts the mask over every known secret in a text: the last line of defence, for what hosts and tools print. */
export function redactor(secrets: Iterable<Secret>): (text: string) => string {
  const whole = [...new Set([...secrets].map(s => s.reveal()))].filter(value => value !== '')
  // What is cut to a line, as the last one of an error, must not show that line of a secret.
  const plain = [...new Set(whole.flatMap(value => [value, ...linesOf(value)]))]
  // A shell that complains of a script may print the secret as it stands there, quoted.
  const values = [...new Set(plain.flatMap(value => [value, value.replaceAll("'", `'\\''`)]))]
  // The longest first, so that a secret that holds another one leaves no tail behind.
  values.sort((a, b) => b.length - a.length)
  return text => values.reduce((result, value) => result.replaceAll(value, mask), text)
}
