import { readFile } from 'node:fs/promises'
import { LabError } from '../core/errors.ts'
import { archiveKeyring } from './programs.ts'
import { run } from './run.ts'
import type { LabSuite } from './types.ts'

/** The machine's apt settings for the connection to a mirror. */
const REACHING = /^Acquire::(?:Check-Valid-Until|Check-Date|Retries|ForceIPv[46]|https?::\S*) "[^"]+";$/

/** Names for the machine's own release, when the sources do not use its codename. */
const ALIASES = ['stable', 'oldstable']

async function machineCodename(): Promise<string> {
  const osRelease = await readFile('/etc/os-release', 'utf8')
  return /^VERSION_CODENAME="?([a-z]+)/m.exec(osRelease)?.[1] ?? ''
}

/**
 * One-line apt sources of a suite, from the mirrors that the machine's own sources name.
 * @throws {LabError} the machine's sources name no mirror of Debian.
 * @see sources.list(5)
 */
export async function aptSources(suite: LabSuite): Promise<readonly string[]> {
  const targets = await run('apt-get', ['indextargets', '--format', '$(REPO_URI) $(RELEASE) $(COMPONENT)'], {
    doing: "reading the machine's apt sources",
  })
  const archives = translate(targets, await machineCodename(), suite)
  if (!archives.some(archive => archive.endsWith(` ${suite} main`))) {
    throw new LabError("the machine's apt sources name no mirror of Debian to build images from", {
      hint: 'the lab is built on Debian; add its archive to /etc/apt/sources.list',
    })
  }
  const keyring = await archiveKeyring(suite)
  return archives.map(archive => `deb [signed-by=${keyring}] ${archive}`)
}

/** Translates index targets (lines of `URI RELEASE COMPONENT`) of the machine's release to another suite. */
export function translate(targets: string, codename: string, suite: LabSuite): readonly string[] {
  const own = new RegExp(`^(?:${[codename, ...ALIASES].join('|')})(|-updates|-security)$`)
  const archives = targets.split('\n').flatMap(line => {
    const [uri, release = '', component] = line.split(' ')
    const pocket = own.exec(release)?.[1]
    return pocket === undefined || component !== 'main' ? [] : [`${uri} ${suite}${pocket} main`]
  })
  return [...new Set(archives)]
}

/** The machine's settings for its mirror (proxy, checks), for mmdebstrap's `--aptopt`. */
export async function aptOptions(): Promise<readonly string[]> {
  const settings = await run('apt-config', ['dump', 'Acquire'], { doing: "reading the machine's apt settings" })
  const reaching = settings.split('\n').filter(line => REACHING.test(line))
  return ['Acquire::Languages "none";', ...reaching].map(setting => setting.replace(/;$/, ''))
}
