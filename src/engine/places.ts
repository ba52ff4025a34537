import { isKnown, type Fact, type Lock, type Place } from '../core/fact.ts'
import { require, stepsOf, type Plan, type Requirement, type Step } from '../core/step.ts'
import type { FactReader } from './fact-reader.ts'

/** Bytes that a file system needs beside the content of a file: a block for the folder. */
const margin = 4096

/**
 * What keeps the steps of a plan from changing the files that they say they change, as far as the places of these files
 * were read along with the task's facts.
 * @param mayAppear folders may still be made by earlier tasks, so that a missing one says nothing
 */
export function placeRequirements(plan: Plan, reader: FactReader, mayAppear: boolean): readonly Requirement[] {
  const steps = stepsOf(plan)
  return steps.flatMap((step, i) => {
    // A script before it, of the same task, may make the folder.
    const mayBeMade = mayAppear || steps.slice(0, i).some(({ kind }) => kind === 'run')
    return placesOf(step).flatMap(fact => {
      const place = reader.valueIfRead(fact)
      return place === undefined || !isKnown(place) ? [] : obstacles(step, place, mayBeMade)
    })
  })
}

const locks: Readonly<Record<Lock, { readonly reason: string; readonly hint: string }>> = {
  immutable: { reason: 'is immutable (chattr +i)', hint: 'find out who protected it and why; chattr -i lifts it' },
  'append-only': {
    reason: 'is append-only (chattr +a)',
    hint: 'find out who protected it and why; chattr -a lifts it',
  },
  'read-only': {
    reason: "can't be written, not even by root: it is on a read-only file system",
    hint: 'mount shows why: the mount is meant to be read-only, or the kernel found an error on the disk (dmesg)',
  },
  'not-permitted': { reason: "can't be written by this user", hint: 'become root with -b, or log in as root' },
  'not-a-directory': { reason: 'is not a directory', hint: 'move it away, or use another path' },
}

function placesOf({ predicts }: Step): readonly Fact<Place>[] {
  const places = predicts.flatMap(({ fact }) => (fact.place && fact.host === undefined ? [fact.place] : []))
  return [...new Map(places.map(place => [place.key, place])).values()]
}

function obstacles(step: Step, { locked, missing, free }: Place, mayAppear: boolean): readonly Requirement[] {
  const { what } = step.change
  if (locked) {
    const { reason, hint } = locks[locked.by]
    return [require(`${what} can be changed`, false, { otherwise: `${locked.path} ${reason}`, hint })]
  }
  if (missing !== undefined && step.kind === 'write' && !mayAppear)
    return [
      require(`the folder of ${what} exists`, false, {
        otherwise: `there is no folder ${missing}`,
        hint: `make it in an earlier task: directory({ path: '${missing}' })`,
      }),
    ]
  const needed = step.kind === 'write' ? step.content.reveal().length + margin : step.kind === 'run' ? 1 : 0
  if (free !== undefined && free < needed)
    return [
      require(`there is room for ${what}`, false, {
        otherwise: `the file system of ${what} is full: ${free} bytes are free, and ${needed} are needed`,
        hint: 'df and df -i show what is used',
      }),
    ]
  return []
}
