import { deepStrictEqual, strictEqual } from 'node:assert'
import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { test } from 'uvu'
import { sh, type Script } from 'haq'
import { backUp, backedUpFile, printBackup } from '../../src/facts/backup.ts'
import { inFolder } from '../temp.ts'

const asNobody = userInfo().uid === 0 ? ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'] : ['env']

/** Runs a script as an ordinary user whose home is the folder. */
function runIn(folder: string, script: Script): string {
  const [command, ...words] = [...asNobody, 'env', `HOME=${folder}`, 'sh', '-c', script.reveal()]
  return execFileSync(command, words, { encoding: 'latin1' })
}

function inHome(use: (folder: string) => void): () => Promise<void> {
  return inFolder(folder => {
    execFileSync('chmod', ['777', folder])
    use(folder)
  })
}

const undoFolder = (folder: string): string => join(folder, '.local/state/haq/undo')
const first = { run: '20261122-141503-ab12', name: '7' }

test(
  'an old file is kept byte for byte, for its user alone, and compared with what is there now',
  inHome(folder => {
    const path = join(folder, "it's")
    const fact = backedUpFile(path, first)
    runIn(folder, sh`printf 'a\0\377' >${path}; chmod 604 ${path}`)
    strictEqual(fact.parse(runIn(folder, fact.script)).before, 'gone')
    runIn(folder, backUp(first, path, true))
    deepStrictEqual(fact.parse(runIn(folder, fact.script)).same, true)
    runIn(folder, sh`echo other >${path}`)
    const { before, current, same } = fact.parse(runIn(folder, fact.script))
    deepStrictEqual([before, same], [current, false])
    strictEqual(runIn(folder, printBackup(first)), 'a\0\xff')
    strictEqual(readFileSync(join(undoFolder(folder), first.run, '7'), 'latin1'), 'a\0\xff')
    strictEqual((statSync(undoFolder(folder)).mode & 0o777).toString(8), '700')
    runIn(folder, sh`rm ${path}`)
    strictEqual(fact.parse(runIn(folder, fact.script)).current, 'absent')
  }),
)

test(
  'a link is kept as a link where the link itself goes, and followed where its file is replaced',
  inHome(folder => {
    const path = join(folder, 'link')
    runIn(folder, sh`cd ${folder}; echo text >file; ln -s file link`)
    runIn(folder, backUp(first, path, true))
    strictEqual(runIn(folder, printBackup(first)), 'text\n')
    runIn(folder, backUp(first, path, false))
    const fact = backedUpFile(path, first)
    deepStrictEqual(fact.parse(runIn(folder, sh`rm ${path}; ${fact.script}`)), {
      before: 'link',
      current: 'absent',
      same: false,
    })
    runIn(folder, sh`ln -s file ${path}`)
    strictEqual(fact.parse(runIn(folder, fact.script)).same, true)
  }),
)

test(
  'a host keeps the old files of the newest 20 runs, and what is not there is not kept',
  inHome(folder => {
    const old = Array.from({ length: 25 }, (_, i) => `20260101-0000${String(i).padStart(2, '0')}-ab12`)
    for (const name of old) mkdirSync(join(undoFolder(folder), name), { recursive: true })
    execFileSync('chmod', ['-R', '777', join(folder, '.local')])
    runIn(folder, backUp(first, join(folder, 'nothing'), true))
    strictEqual(readdirSync(undoFolder(folder)).length, 25)
    runIn(folder, sh`echo text >${join(folder, 'file')}`)
    runIn(folder, backUp(first, join(folder, 'file'), true))
    deepStrictEqual(readdirSync(undoFolder(folder)).toSorted(), [...old.slice(6), first.run])
  }),
)

test(
  'an old file that can not be kept fails nothing',
  inHome(folder => {
    runIn(folder, sh`cd ${folder}; echo text >file; echo no folder >.local`)
    strictEqual(runIn(folder, sh`set -e; ${backUp(first, join(folder, 'file'), true)}; echo goes on`), 'goes on\n')
  }),
)

test.run()
