import { RelayError } from '../shared/errors.ts'

/** What the stack tells its functions. */
export const SETTINGS = {
  stack: 'RELAY_STACK',
  bucket: 'RELAY_BUCKET',
  table: 'RELAY_TABLE',
  arrivalsQueue: 'RELAY_ARRIVALS_QUEUE_URL',
  partsQueue: 'RELAY_PARTS_QUEUE_URL',
  responsesQueue: 'RELAY_RESPONSES_QUEUE_URL',
  privacySecret: 'RELAY_PRIVACY_SECRET',
  dropEndsTopic: 'RELAY_DROP_ENDS_TOPIC',
  exportsQueue: 'RELAY_EXPORTS_QUEUE_URL',
  collectsQueue: 'RELAY_COLLECTS_QUEUE_URL',
} as const

/** Queues of doors that a configuration may go without; the sweep uses those that there are. */
export const OPTIONAL_QUEUES = {
  responses: SETTINGS.responsesQueue,
  exports: SETTINGS.exportsQueue,
  collects: SETTINGS.collectsQueue,
} as const

type Setting = keyof typeof SETTINGS

/** Reads settings from the environment. Throws RelayError `settings_missing` that names all that are not there. */
export function readSettings<S extends Setting>(names: readonly S[], env = process.env): Record<S, string> {
  const missing = names.map((name) => SETTINGS[name]).filter((variable) => !env[variable])
  if (missing.length > 0) {
    throw new RelayError(
      'settings_missing',
      `The function lacks ${missing.join(', ')} in its environment; deploy the stack again, which sets them.`,
    )
  }
  return Object.fromEntries(names.map((name) => [name, env[SETTINGS[name]]])) as Record<S, string>
}
