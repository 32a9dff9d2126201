import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { messageOf, RelayError } from '../errors.ts'
import { resolveRelay } from './resolve.ts'
import type { Relay } from './types.ts'

/** Loads and checks a configuration file. Throws RelayErrors `config_missing` and `config_invalid`. */
export async function loadRelay(file: string): Promise<Relay> {
  const path = resolve(file)
  if (!existsSync(path)) {
    throw new RelayError(
      'config_missing',
      `There is no configuration at ${path}. Write one (relay.config.ts of the repository is an example), or name another with --config.`,
    )
  }
  const module = await load(path)
  if (module.default === undefined) {
    throw new RelayError(
      'config_invalid',
      `${path} has no default export; it must say: export default defineRelay({...})`,
    )
  }
  return resolveRelay(module.default, file)
}

async function load(path: string): Promise<{ default?: unknown }> {
  try {
    return await import(pathToFileURL(path).href)
  } catch (cause) {
    throw new RelayError('config_invalid', `${path} can't be loaded: ${messageOf(cause)}`, { cause })
  }
}
