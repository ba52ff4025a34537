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

/** Where RabbitMQ looks for its configuration. */
export const configFolder = '/etc/rabbitmq'

/**
 * Makes a folder of root's where there is none, and leaves one that is there as it is: a package that comes later may give
 * it an owner of its own. Taken back, it goes unless it holds something by then.
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

/** Whether the folder of a file holds anything else. */
export function sharesFolder(path: string): Fact<boolean> {
  const [, folder = '', name = ''] = /^(.*)\/(.*)$/.exec(path) ?? []
  return {
    key: `sharesFolder:${path}`,
    script: sh`if [ -d ${folder} ]; then ls -A ${folder} | grep -Fvx -e ${name} || :; fi`,
    parse: stdout => stdout !== '',
  }
}

/** Removes a folder unless it holds anything else than what was removed before. */
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
        : { impossible: 'whether it was there before is not known' },
      predicts: [predict(file(path), absent)],
    }),
  ]
}
