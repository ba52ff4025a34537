import { deepStrictEqual } from 'node:assert'
import { execaSync } from 'execa'
import { suite } from 'uvu'
import type { Place } from '../../src/core/fact.ts'
import { placeOf } from '../../src/facts/place.ts'
import { shells, withShell } from '../shells.ts'

/** What is prepared below /run/place, a file system of its own; a path in it, and what is said of it. */
interface Case {
  readonly name: string
  readonly prepare: string
  readonly path: string
  readonly place: Place
}

const root = '/run/place'
const cases: readonly Case[] = [
  { name: 'a file that can be written', prepare: 'mkdir a; echo x >a/x', path: 'a/x', place: {} },
  { name: 'a file that is not there', prepare: 'mkdir a', path: 'a/x', place: {} },
  {
    name: 'no folder',
    prepare: ':',
    path: 'a/b/x',
    place: { missing: `${root}/a/b` },
  },
  {
    name: 'an immutable file',
    prepare: 'echo x >x; chattr +i x',
    path: 'x',
    place: { locked: { path: `${root}/x`, by: 'immutable' } },
  },
  {
    name: 'an append-only file',
    prepare: 'echo x >x; chattr +a x',
    path: 'x',
    place: { locked: { path: `${root}/x`, by: 'append-only' } },
  },
  {
    name: 'a file in an immutable folder',
    prepare: 'mkdir a; chattr +i a',
    path: 'a/x',
    place: { locked: { path: `${root}/a`, by: 'immutable' } },
  },
  {
    name: 'a link to an immutable file',
    prepare: 'mkdir a; echo x >a/x; chattr +i a/x; ln -s a/x link',
    path: 'link',
    place: { locked: { path: `${root}/a/x`, by: 'immutable' } },
  },
  {
    name: 'a file on a read-only file system',
    prepare: 'mkdir a; mount -t tmpfs -o size=256m none a; echo x >a/x; mount -o remount,ro none a',
    path: 'a/x',
    place: { locked: { path: `${root}/a`, by: 'read-only' } },
  },
  {
    name: 'a file in place of the folder',
    prepare: 'echo x >a',
    path: 'a/x',
    place: { locked: { path: `${root}/a`, by: 'not-a-directory' } },
  },
  {
    name: 'a full file system',
    prepare: 'mkdir a; mount -t tmpfs -o size=64k none a; head -c 65536 /dev/zero >a/zero',
    path: 'a/x',
    place: { free: 0 },
  },
  {
    name: 'a file system without a free inode',
    prepare: 'mkdir a; mount -t tmpfs -o size=1m,nr_inodes=1 none a',
    path: 'a/x',
    place: { free: 0 },
  },
]

// An image in a file, because a file system in memory has no attributes.
const mounted = `image=$(mktemp) && truncate -s 256M "$image" && mkfs.ext4 -q "$image" && mkdir -p ${root} && mount -o loop "$image" ${root}; rm -f "$image"; cd ${root}`
const canTry =
  execaSync('unshare', ['-m', 'sh', '-c', `${mounted} && echo x >x && chattr +i x`], { reject: false }).exitCode === 0

const places = suite('what keeps a file from being changed')
const test = canTry ? places : places.skip
if (!canTry) process.stdout.write('skipped: places of files: no file system can be mounted and protected here\n')

// The test of busybox asks for the mode alone, and so takes all for writable by root: there only the run finds out.
const isKnownTo = (shell: string, { place }: Case): boolean => shell !== 'busybox' || place.locked?.by !== 'read-only'
process.stdout.write("skipped: busybox: a read-only file system, which its test can't see\n")

for (const shell of shells)
  for (const { name, prepare, path, place } of cases.filter(found => isKnownTo(shell.name, found)))
    test(`${shell.name}: ${name}`, async () => {
      const script = `${mounted} && ${prepare} && cd / && exec "$@"`
      await withShell(['unshare', '-m', 'sh', '-c', script, 'sh', ...shell.exec], async host => {
        const fact = placeOf(`${root}/${path}`)
        const { stdout } = await host.read(fact)
        deepStrictEqual(fact.parse(stdout), place)
      })
    })

places.run()
