import * as z from 'zod'

/** A package as written in a parameter. */
export interface PackageSpec {
  /** The text as written, with the version. */
  readonly spec: string
  /** The name without the version. */
  readonly name: string
  readonly version: string | undefined
}

// apt-get reads a dash at the end as "remove". Wildcards and groups would change more than the plan shows.
const pattern = /^[A-Za-z0-9]([A-Za-z0-9+._-]*[A-Za-z0-9+._])?(:[a-z0-9-]*[a-z0-9])?(=[A-Za-z0-9][A-Za-z0-9.+~:^_-]*)?$/

export const packageNames = z
  .array(
    z.string().regex(pattern, {
      error: "takes a package's name, such as 'keepalived', 'libc6:i386' or 'keepalived=1:2.2.7-1'",
    }),
  )
  .min(1, { error: 'takes at least one package' })
  .check(({ value, issues }) => {
    const seen = new Set<string>()
    value.forEach((spec, index) => {
      const { name } = parseSpec(spec)
      if (seen.has(name)) issues.push({ code: 'custom', input: value, path: [index], message: `names ${name} twice` })
      seen.add(name)
    })
  })

export function parseSpec(spec: string): PackageSpec {
  const [name = spec, version] = spec.split('=', 2)
  return { spec, name, version }
}

/** Whether the installed version is the wanted one. With rpm, the epoch and the release may be left out. */
export function isVersion(installed: string, wanted: string): boolean {
  const withoutEpoch = installed.replace(/^\d+:/, '')
  return [installed, withoutEpoch, withoutEpoch.replace(/-[^-]*$/, '')].includes(wanted)
}
