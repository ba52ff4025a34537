import { readFileSync } from 'node:fs'
import { defineConfig } from 'eslint/config'
import tseslint from 'typescript-eslint'

/**
 * The framework's layers, from the lowest up; those of them that may import the collection; and the collection's families
 * with the other families that each may import.
 */
const { layers, knowsCollection, families } = JSON.parse(
  readFileSync(new URL('architecture.json', import.meta.url), 'utf8'),
)

const forbid = patterns => ({ 'no-restricted-imports': ['error', { patterns }] })

const layerRules = layers.map((layer, height) => ({
  files: [`src/${layer}/**/*.ts`],
  rules: forbid([
    ...layers.slice(height + 1).map(above => ({
      regex: `^(\\.\\./)+${above}/`,
      message: `src/${layer} is a lower layer than src/${above}: imports point downward only`,
    })),
    ...(knowsCollection.includes(layer)
      ? []
      : [{ regex: '/modules/', message: 'the framework does not know the collection' }]),
  ]),
}))

const onlyPublic = {
  regex: '/src/',
  message: "import from 'haq' and 'haq/modules', as anyone's modules and playbooks do",
}

const familyRules = Object.entries(families).map(([family, allowed]) => ({
  files: [`modules/${family}/**/*.ts`],
  rules: forbid([
    onlyPublic,
    ...Object.keys(families)
      .filter(other => other !== family && !allowed.includes(other))
      .map(other => ({
        regex: `^(\\.\\./)+${other}/`,
        message: `family ${family} may not import family ${other}: architecture.json lists what it may`,
      })),
  ]),
}))

/** What a host says is never text in another host's script but through `sh`, which quotes it. */
const scriptsBySh = {
  selector: "NewExpression[callee.name='Script']",
  message: 'shell text is made by the template sh alone, which quotes what goes into it',
}

export default defineConfig(
  { ignores: ['dist/', 'node_modules/', 'eslint.config.js'] },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': 'off',
      // `if (state === absent) …` reads better than a cast where a type can't say it.
      '@typescript-eslint/no-unnecessary-condition': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/no-unused-vars': [
        'error',
        { ignoreRestSiblings: true, argsIgnorePattern: '^_', varsIgnorePattern: '^_' },
      ],
      'no-console': 'error',
      'max-lines': ['error', { max: 250, skipBlankLines: true, skipComments: true }],
    },
  },
  ...layerRules,
  ...familyRules,
  {
    files: ['modules/*.ts', 'playbooks/**/*.ts', 'inventory/**/*.ts'],
    rules: forbid([onlyPublic]),
  },
  {
    files: ['test/**/*.ts'],
    // Tests say what they skip; and uvu's `suite.skip` is called apart from its suite.
    rules: { 'no-console': 'off', '@typescript-eslint/unbound-method': 'off' },
  },
  {
    files: ['src/**/*.ts'],
    ignores: ['src/cli/**'],
    rules: {
      'no-restricted-syntax': [
        'error',
        {
          selector: "MemberExpression[object.name='process'][property.name=/^(exit|argv|exitCode)$/]",
          message: 'only src/cli exits and reads the command line',
        },
        scriptsBySh,
      ],
    },
  },
  {
    files: ['modules/**/*.ts', 'playbooks/**/*.ts'],
    rules: { 'no-restricted-syntax': ['error', scriptsBySh] },
  },
  { files: ['src/core/shell.ts'], rules: { 'no-restricted-syntax': 'off' } },
  {
    files: ['src/core/**/*.ts', 'src/facts/**/*.ts', 'modules/**/*.ts'],
    // The probe is a client of a broker: it needs the clock and the network.
    ignores: ['modules/rabbitmq/probe/**'],
    rules: {
      'no-restricted-globals': [
        'error',
        { name: 'process', message: 'the core is pure: no process' },
        { name: 'Date', message: 'the core is pure: no clock' },
      ],
    },
  },
)
