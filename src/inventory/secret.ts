import { secret as secretSchema } from '../core/schema.ts'
import { fromCommand, fromEnv, fromFile } from './definition.ts'

/**
 * `secret()` declares a variable or a parameter that takes a secret; `secret.env`, `secret.file` and `secret.command`
 * name, in an inventory, where the secret comes from.
 */
export const secret = Object.assign(secretSchema, { env: fromEnv, file: fromFile, command: fromCommand })
