import { secret as secretSchema } from '../core/schema.ts'
import { fromCommand, fromEnv, fromFile } from './definition.ts'

/**
 * `secret()` declares a variable or a parameter that takes a secret. In an inventory, `secret.env`, `secret.file` and
 * `secret.command` name the source of a secret.
 */
export const secret = Object.assign(secretSchema, { env: fromEnv, file: fromFile, command: fromCommand })
