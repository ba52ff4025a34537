import { defineConfig } from 'eslint/config'
import tseslint from 'typescript-eslint'

/** The house's floors, from the ground up: a file imports from its own floor and from those below. */
const floors = [
  'core',
  'facts',
  'transport',
  'loader',
  'inventory',
  'playbook',
  'engine',
  'journal',
  'plan',
  'report',
  'lab',
  'testing',
  'cli',
]

const forbid = patterns => ({ 'no-restricted-imports': ['error', { patterns }] })

const floorRules = floors.map((floor, height) => ({
  files: [`src/${floor}/**/*.ts`],
  rules: forbid(
    floors.slice(height + 1).map(above => ({
      regex: `^\\.\\./${above}/`,
      message: `src/${floor} stands below src/${above}: imports point downward only`,
    })),
  ),
}))

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
  ...floorRules,
  {
    files: ['modules/**/*.ts', 'playbooks/**/*.ts', 'inventory/**/*.ts'],
    rules: forbid([
      { regex: '/src/', message: "import from 'haq' and 'haq/modules', as anyone's modules and playbooks do" },
    ]),
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
      ],
    },
  },
  {
    files: ['src/core/**/*.ts', 'src/facts/**/*.ts', 'modules/**/*.ts'],
    rules: {
      'no-restricted-globals': [
        'error',
        { name: 'process', message: 'the core is pure: no process' },
        { name: 'Date', message: 'the core is pure: no clock' },
      ],
    },
  },
)
