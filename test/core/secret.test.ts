import { doesNotThrow, ok, strictEqual, throws } from 'node:assert'
import { Console } from 'node:console'
import { Writable } from 'node:stream'
import { format, inspect } from 'node:util'
import fc from 'fast-check'
import { test } from 'uvu'
import { masked, redactor, Secret, secretsIn } from '../../src/core/secret.ts'
import { lines, sh } from '../../src/core/shell.ts'

const value = 'tr0ub4dor&3 "quoted"'
const secret = new Secret(value)

/** Everything that may carry the secret, under the name it has in a failing test. */
const carriers: Readonly<Record<string, unknown>> = {
  'a secret': secret,
  'a masked text': masked`password ${secret}`,
  'a masked text in a masked text': masked`a ${masked`b ${secret}`}`,
  'a script': sh`printf %s ${secret}`,
  'a script in a script': sh`( ${sh`printf %s ${secret}`} )`,
  'words of a script': sh`printf '%s %s' ${['a', secret]}`,
  'joined scripts': lines(sh`:`, sh`printf %s ${secret}`),
}

/** Every way by which a value gets into a text. */
const ways: Readonly<Record<string, (carrier: unknown) => string>> = {
  String: carrier => String(carrier),
  template: carrier => `<${carrier as string}>`,
  concatenation: carrier => 'value: ' + (carrier as string),
  join: carrier => [carrier].join(),
  JSON: carrier => JSON.stringify({ deep: [carrier] }),
  inspect: carrier => inspect({ deep: [carrier] }, { depth: Infinity, showHidden: true }),
  'format %s': carrier => format('%s', carrier),
  'format %o': carrier => format('%o', carrier),
  'format %O': carrier => format('%O', carrier),
  'format %j': carrier => format('%j', carrier),
  'console.log': carrier => printed(console => console.log('value:', carrier, { carrier })),
  'console.dir': carrier => printed(console => console.dir({ carrier }, { showHidden: true, depth: null })),
  'console.table': carrier => printed(console => console.table([{ carrier }])),
  'an error that holds it': carrier => inspect(new Error(`failed: ${carrier as string}`, { cause: carrier })),
  'its own properties': carrier =>
    JSON.stringify(Reflect.ownKeys(carrier as object).map(key => Reflect.get(carrier as object, key) as unknown)),
  'a copy by spread': carrier => JSON.stringify({ ...(carrier as object) }),
}

function printed(print: (console: Console) => void): string {
  let text = ''
  const stream = new Writable({
    write: (chunk: Buffer, _, done) => {
      text += chunk.toString()
      done()
    },
  })
  print(new Console({ stdout: stream, stderr: stream }))
  return text
}

for (const [carrierName, carrier] of Object.entries(carriers))
  for (const [wayName, way] of Object.entries(ways))
    test(`${carrierName} never shows by ${wayName}`, () => {
      const text = way(carrier)
      for (const part of [value, 'tr0ub4dor', JSON.stringify(value).slice(1, -1)])
        ok(!text.includes(part), `it shows: ${text}`)
    })

test('what is revealed is the real text', () => {
  strictEqual(secret.reveal(), value)
  strictEqual(masked`<${secret}|${1}|${masked`${secret}`}>`.reveal(), `<${value}|1|${value}>`)
  strictEqual(String(masked`<${secret}|${1}>`), '<********|1>')
})

test('secrets compare by their real value', () => {
  ok(secret.equals(new Secret(value)))
  ok(!secret.equals(new Secret('other')))
})

test('the redactor masks every known secret, whatever stands around it', () => {
  const text = fc.string({ unit: 'binary' })
  // Of letters that a mask is not made of, so that what is left can't come from the mask.
  const real = fc.string({ unit: fc.constantFrom('a', 'b', "'", '$', '\\', '.', 'é'), minLength: 1 })
  fc.assert(
    fc.property(fc.array(real, { minLength: 1, maxLength: 4 }), text, text, (values, before, after) => {
      const redact = redactor(values.map(real => new Secret(real)))
      for (const real of values) {
        const result = redact(`${before}${real}${after}`)
        for (const other of values) ok(!result.includes(other), `${result} holds ${other}`)
      }
    }),
  )
})

test('the redactor leaves no tail of a secret that holds another one', () => {
  const redact = redactor([new Secret('pass'), new Secret('password'), new Secret('')])
  strictEqual(redact('my password, your pass'), 'my ********, your ********')
})

test('the redactor knows a secret as a shell prints it in a syntax error', () => {
  const redact = redactor([new Secret("it's")])
  strictEqual(redact(`bash: syntax error near 'it'\\''s'`), `bash: syntax error near '********'`)
})

test('secrets are found however deep they stand, also where values hold each other', () => {
  const deep: Record<string, unknown> = { list: [{ secret }], other: 1, nothing: null }
  deep['self'] = deep
  strictEqual(secretsIn(deep).length, 1)
  strictEqual(secretsIn(deep)[0], secret)
})

test('a script takes no value that would become a word by accident', () => {
  for (const value of [undefined, null, {}, true, masked`a ${secret}`])
    throws(() => sh`echo ${value as string}`, /sh takes/)
  throws(() => sh`echo ${['ok', undefined as unknown as string]}`, /sh takes/)
  throws(() => sh`echo ${'a\0b'}`, /NUL/)
  doesNotThrow(() => sh`echo ${0}`)
})

test('each line of a secret of several lines is masked, too: an error may be cut to one of them', () => {
  const redact = redactor([new Secret('-----BEGIN KEY-----\nMIIEowIBAAKC\n}\n-----END KEY-----\n')])
  strictEqual(redact('bad key: MIIEowIBAAKC'), 'bad key: ********')
  strictEqual(redact('-----END KEY-----'), '********')
  strictEqual(redact('} stays'), '} stays')
})

test.run()
