/** What a shell tells of its work. */
export type ShellEvent =
  | { readonly event: 'connected'; readonly argv: readonly string[]; readonly seconds: number }
  | {
      readonly event: 'script'
      /** What the script is for: the key of a fact, what a step changes. */
      readonly what: string
      readonly status: number
      readonly seconds: number
      /** Its text, secrets masked. */
      readonly script: string
      /** What it wrote may be a secret that nobody told haq of: it is counted, not shown. */
      readonly stdoutBytes: number
      readonly stderr: string
    }
