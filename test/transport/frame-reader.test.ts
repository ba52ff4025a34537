import { deepStrictEqual, ok, strictEqual } from 'node:assert'
import fc from 'fast-check'
import { test } from 'uvu'
import { FrameReader, type FramePart } from '../../src/transport/frame-reader.ts'

const marks = ['haq-00', 'haq-11', 'haq-22']
const end = (mark: string, trailer: string): string => `\n${mark} ${trailer}\n`

/** Gives a reader a stream in pieces, and takes the part of each mark as soon as it is complete. */
function readParts(stream: Buffer, sizes: Iterable<number>): { parts: readonly FramePart[]; reader: FrameReader } {
  const reader = new FrameReader()
  const parts: FramePart[] = []
  let at = 0
  for (const size of sizes) {
    if (at >= stream.length) break
    reader.push(stream.subarray(at, at + size))
    at += size
    for (let mark = marks[parts.length]; mark !== undefined; mark = marks[parts.length]) {
      const part = reader.next(mark, 'stdout')
      if (!part) break
      parts.push(part)
    }
  }
  return { parts, reader }
}

function* always(size: number): Iterable<number> {
  for (;;) yield size
}

test('a stream is split at its marks, whatever its bytes are and however they arrive', () => {
  // Bytes that marks consist of, so that the streams often contain parts of marks.
  const alike = fc.string({ unit: fc.constantFrom('\n', 'haq-', '0', '1', ' ', '\xff'), maxLength: 30 })
  const body = fc.oneof(
    alike,
    fc.uint8Array({ maxLength: 300 }).map(bytes => Buffer.from(bytes).toString('latin1')),
  )
  fc.assert(
    fc.property(
      fc.tuple(body, body, body),
      fc.infiniteStream(fc.integer({ min: 1, max: 50 })),
      body,
      (bodies, sizes, rest) => {
        // Output that contains its own mark is the only output that can't be split correctly.
        fc.pre(bodies.every((text, i) => !`${text}\n`.includes(`\n${marks[i]} `)))
        const stream = bodies.map((text, i) => text + end(marks[i] ?? '', String(i))).join('') + rest
        const { parts, reader } = readParts(Buffer.from(stream, 'latin1'), sizes)
        deepStrictEqual(
          parts,
          bodies.map((text, i) => ({ body: text, trailer: String(i) })),
        )
        strictEqual(reader.size, rest.length)
        strictEqual(reader.tail, rest)
      },
    ),
  )
})

test('a mark without an exit status after it does not end a part', () => {
  const [mark = ''] = marks
  const forged = ['', 'x', '1234', '-1', '12x', ' 0', '0x0'].map(trailer => `\n${mark} ${trailer}`).join('')
  for (const size of [1, 7, 1000]) {
    const { parts } = readParts(Buffer.from(`${forged}${end(mark, '-')}`), always(size))
    deepStrictEqual(parts, [{ body: forged, trailer: '-' }])
  }
})

type Method = (this: Buffer, ...words: unknown[]) => unknown

/** For each method, the arguments that give the range of bytes it works on. */
const ranges = { indexOf: [1, Infinity], copy: [2, 3], toString: [1, 2] } as const

/** The number of bytes that are searched, copied and decoded while a function runs. */
function workOf(action: () => void): number {
  let work = 0
  const proto = Buffer.prototype as object
  const usual = Object.keys(ranges).map(name => [name, Reflect.get(proto, name) as Method] as const)
  for (const [name, method] of usual) {
    const [from, to] = ranges[name as keyof typeof ranges]
    const counting: Method = function (...words) {
      work += Number(words[to] ?? this.length) - Number(words[from] ?? 0)
      return method.apply(this, words)
    }
    Reflect.set(proto, name, counting)
  }
  try {
    action()
  } finally {
    for (const [name, method] of usual) Reflect.set(proto, name, method)
  }
  return work
}

/** Text that is almost a mark, which a reader might search twice. */
const streams = {
  'one endless line': (size: number) => Buffer.alloc(size, 'x'),
  'starts of a mark alone': (size: number) => Buffer.alloc(size, '\nhaq-0'),
  'marks without an end': (size: number) => Buffer.alloc(size, '\nhaq-00 12345'),
}

for (const [name, make] of Object.entries(streams))
  for (const chunk of [100, 65_536])
    test(`reading ${name}, in pieces of ${chunk} bytes, takes work in proportion to its size`, () => {
      const work = (size: number): number =>
        workOf(() => {
          const { parts } = readParts(Buffer.concat([make(size), Buffer.from(end('haq-00', '0'))]), always(chunk))
          strictEqual(parts[0]?.body.length, size)
        })
      const [small, large] = [work(500_000), work(2_000_000)]
      ok(large < 8 * small, `${large} bytes of work for four times of what took ${small}`)
    })

test.run()
