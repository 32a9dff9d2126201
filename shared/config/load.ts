import { existsSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { messageOf, RelayError } from '../errors.ts'
import { completeRelay } from './resolve.ts'
import type { Relay } from './types.ts'

const DEFINE_RELAY = new URL('./define-relay.ts', import.meta.url).href

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
  return completeRelay(module.default, file)
}

async function load(path: string): Promise<{ default?: unknown }> {
  // `#relay` is known below this package only, but a configuration may lie anywhere.
  const hooks = registerHooks({
    resolve: (specifier, context, next) => next(specifier === '#relay' ? DEFINE_RELAY : specifier, context),
  })
  try {
    return await import(pathToFileURL(path).href)
  } catch (cause) {
    throw new RelayError('config_invalid', `${path} can't be loaded: ${messageOf(cause)}`, { cause })
  } finally {
    hooks.deregister()
  }
}
