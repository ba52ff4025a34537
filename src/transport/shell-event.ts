/** The events of a host's shell. */
export type ShellEvent =
  | { readonly event: 'connected'; readonly argv: readonly string[]; readonly seconds: number }
  | {
      readonly event: 'script'
      /** The purpose of the script: the key of a fact, or the change of a step. */
      readonly what: string
      readonly status: number
      readonly seconds: number
      /** The text of the script, secrets masked. */
      readonly script: string
      /** The size of standard output. The text is not shown, because it may hold secrets that haq does not know. */
      readonly stdoutBytes: number
      readonly stderr: string
    }
