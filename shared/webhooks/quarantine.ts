import { createHash } from 'node:crypto'
import { RelayError } from '../errors.ts'
import { stampOf } from '../imports/paths.ts'
import type { DoorDeps, WebhookDeps } from './deps.ts'
import type { Reading, WebhookRequest } from './types.ts'

const PREFIX = 'quarantine/webhooks/'
const KEPT_MS = 14 * 86_400_000

/** An authentic delivery that could not be read, as it came; signatures and addresses are not kept. */
export interface Quarantined {
  source: string
  received_at: string
  content_type: string
  /** `gzip` where the body is still packed. */
  content_encoding?: string
  /** The sender's own id of the delivery, which may name its responses. */
  delivery_id?: string
  code: string
  message: string
  body_base64: string
}

/** Whose delivery is kept, and what must not stand in it. */
export interface Keep {
  source: string
  secrets: readonly string[]
}

/** Keeps the elements of a list that are no responses; the others are on their way. */
export async function quarantineStrays(
  deps: DoorDeps,
  keep: Keep,
  request: WebhookRequest,
  strays: NonNullable<Reading['strays']>,
): Promise<void> {
  const body = Buffer.from(JSON.stringify(strays.map(({ element }) => element)))
  const { 'content-encoding': _, ...headers } = request.headers
  await quarantine(deps, keep, { ...request, headers, body }, strays[0]?.error)
}

/** Keeps a delivery for its source's owner to look at and to replay. */
export async function quarantine(
  deps: DoorDeps,
  { source, secrets }: Keep,
  request: WebhookRequest,
  error: unknown,
): Promise<void> {
  const { code, message } =
    error instanceof RelayError
      ? error
      : { code: 'unexpected', message: 'Reading it failed in a way that is a defect of cxi-relay.' }
  const { headers } = request
  const body = without(request.body, secrets)
  const encoding = headers['content-encoding']
  const deliveryId = headers['webhook-id'] ?? headers['svix-id']
  const kept: Quarantined = {
    source,
    received_at: new Date(request.receivedAtMs).toISOString(),
    content_type: headers['content-type'] ?? '',
    ...(encoding === undefined ? {} : { content_encoding: encoding }),
    ...(deliveryId === undefined ? {} : { delivery_id: deliveryId }),
    code,
    message,
    body_base64: body.toString('base64'),
  }
  const key = `${PREFIX}${source}/${stampOf(request.receivedAtMs)}.${createHash('sha256').update(body).digest('hex').slice(0, 12)}.json`
  await deps.objects.put(key, Buffer.from(`${JSON.stringify(kept, null, 2)}\n`))
  deps.logger.alarm('webhook.quarantined', {
    source,
    code,
    message: `A delivery for "${source}" is authentic but can't be read: ${message} It is kept for 14 days in ${key}; when the cause is mended, use the command "retry --source ${source} --since …".`,
  })
}

/** The body with the secrets blanked, as they are and as forms and JSON write them; its other bytes as they came. */
function without(body: Uint8Array, secrets: readonly string[]): Buffer {
  const spellings = secrets.flatMap((secret) => [
    secret,
    encodeURIComponent(secret),
    new URLSearchParams({ s: secret }).toString().slice(2),
    JSON.stringify(secret).slice(1, -1),
    JSON.stringify(secret).slice(1, -1).replaceAll('/', '\\/'),
  ])
  // Each byte is one character and stays it.
  let text = Buffer.from(body).toString('latin1')
  for (const spelling of spellings) text = text.replaceAll(Buffer.from(spelling).toString('latin1'), '***')
  return Buffer.from(text, 'latin1')
}

/** The quarantined deliveries of a source that came at `sinceMs` or later. */
export async function* quarantined(
  deps: Pick<WebhookDeps, 'objects'>,
  source: string,
  sinceMs: number,
): AsyncIterable<{ key: string; request: WebhookRequest }> {
  for await (const { key } of deps.objects.list(`${PREFIX}${source}/`)) {
    const chunks: Uint8Array[] = []
    for await (const chunk of deps.objects.read(key)) chunks.push(chunk)
    const kept = JSON.parse(Buffer.concat(chunks).toString()) as Quarantined
    const receivedAtMs = Date.parse(kept.received_at)
    if (receivedAtMs < sinceMs) continue
    const headers: Record<string, string> = { 'content-type': kept.content_type }
    if (kept.content_encoding !== undefined) headers['content-encoding'] = kept.content_encoding
    if (kept.delivery_id !== undefined) headers['webhook-id'] = kept.delivery_id
    const body = Buffer.from(kept.body_base64, 'base64')
    yield { key, request: { method: 'POST', headers, path: `/webhooks/${source}`, body, receivedAtMs } }
  }
}

/** Deletes what has been kept for 14 days. */
export async function sweepQuarantine(deps: Pick<WebhookDeps, 'objects' | 'clock'>): Promise<void> {
  const before = deps.clock.now() - KEPT_MS
  for await (const { key, modifiedMs } of deps.objects.list(PREFIX)) {
    if (modifiedMs < before) await deps.objects.delete(key)
  }
}
