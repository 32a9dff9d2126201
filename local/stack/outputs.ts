import { RelayError } from '../../shared/errors.ts'
import { sourceAt } from '../../shared/webhooks/addresses.ts'

/** What a deployed stack says of itself. Only table and bucket are in every stack; a door that is not deployed has no outputs. */
export interface StackPlaces {
  table: string
  bucket: string
  /** Addresses of its queues by the outputs' names, such as `PartsQueue`. */
  queues: ReadonlyMap<string, string>
  /** Addresses of webhooks by their sources. */
  webhooks: ReadonlyMap<string, string>
  /** Names of the secrets that people fill in; undefined where the stack doesn't say. */
  secrets: ReadonlySet<string> | undefined
}

/** Reads a stack's outputs. Throws RelayError `stack_foreign` where they are none of cxi-relay's. */
export function placesOf(stack: string, outputs: Readonly<Record<string, string>>): StackPlaces {
  const bucket = /^s3:\/\/([^/]+)\//.exec(outputs.Inbox ?? '')?.[1]
  const table = outputs.LedgerTable
  if (!bucket || !table) {
    const missing = [...(bucket ? [] : ['Inbox']), ...(table ? [] : ['LedgerTable'])].join(' and ')
    throw new RelayError(
      'stack_foreign',
      `The stack "${stack}" has no output ${missing}: it is none of cxi-relay's, or was not deployed to its end. Name another with --stack, or deploy it: npm run deploy`,
    )
  }
  const entries = Object.entries(outputs)
  const named = [outputs.Credentials, outputs.WebhookSecrets].filter((list) => list !== undefined)
  return {
    table,
    bucket,
    queues: new Map(entries.filter(([name]) => name.endsWith('Queue'))),
    webhooks: new Map(entries.flatMap(([name, value]) => (name.startsWith('Webhook') ? webhookAt(value) : []))),
    secrets: named.length === 0 ? undefined : new Set(named.flatMap((list) => list.split(' '))),
  }
}

function webhookAt(value: string): [source: string, url: string][] {
  const path = /^https?:\/\/[^/]+(\/.*)$/.exec(value)?.[1]
  const source = path === undefined ? undefined : sourceAt(path)
  return source === undefined ? [] : [[source, value]]
}
