import {
  absent,
  file,
  isKnown,
  predict,
  run,
  sh,
  type Absent,
  type Fact,
  type FileState,
  type Step,
  type Unknown,
} from 'haq'

/** The directory of RabbitMQ's configuration files. */
export const configFolder = '/etc/rabbitmq'

/**
 * Creates a directory that belongs to root if it is missing. An existing directory is not changed: a package that is
 * installed later may set another owner. The undo step removes the directory only if it is empty.
 */
export function makeFolder(path: string, current: FileState | Absent | Unknown): readonly Step[] {
  if (isKnown(current) && current !== absent) return []
  const change = { what: path, from: isKnown(current) ? 'absent' : 'unknown', to: 'directory 0755 root:root' }
  return [
    run({
      change,
      script: sh`mkdir -p -m 0755 ${path}`,
      undo: {
        change: { ...change, from: change.to, to: change.from },
        script: sh`rmdir --ignore-fail-on-non-empty ${path}`,
      },
      predicts: [predict(file(path), { type: 'directory', mode: '0755', owner: 'root', group: 'root' })],
    }),
  ]
}

/** Whether the directory of a file contains other files. */
export function sharesFolder(path: string): Fact<boolean> {
  const [, folder = '', name = ''] = /^(.*)\/(.*)$/.exec(path) ?? []
  return {
    key: `sharesFolder:${path}`,
    script: sh`if [ -d ${folder} ]; then ls -A ${folder} | grep -Fvx -e ${name} || :; fi`,
    parse: stdout => stdout !== '',
  }
}

/** Removes the directory unless it contains other files than the one that was removed before. */
export function removeFolder(
  path: string,
  current: FileState | Absent | Unknown,
  isShared: boolean | Unknown,
): readonly Step[] {
  if (current === absent || isShared === true) return []
  const change = { what: path, from: isKnown(current) ? 'directory' : 'unknown', to: 'absent' }
  return [
    run({
      change,
      script: sh`rmdir ${path}`,
      undo: isKnown(current)
        ? { change: { ...change, from: change.to, to: change.from }, script: sh`mkdir -m 0755 ${path}` }
        : { impossible: 'whether the directory existed before is not known' },
      predicts: [predict(file(path), absent)],
    }),
  ]
}
