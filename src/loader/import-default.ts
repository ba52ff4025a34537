/**
 * Imports the default export of a TypeScript or JavaScript file. Its imports of haq get the haq that is running, so
 * that a playbook and the CLI never disagree on what a secret or a task is.
 * @throws whatever the file throws, and what jiti says of a file that can't be compiled
 */
export async function importDefault(file: string): Promise<unknown> {
  const [{ createJiti }, haq, modules] = await Promise.all([
    import('jiti'),
    import('../index.ts'),
    import('../../modules/index.ts'),
  ])
  const jiti = createJiti(import.meta.url, {
    interopDefault: true,
    virtualModules: { haq, 'haq/modules': modules },
  })
  return jiti.import(file, { default: true })
}
