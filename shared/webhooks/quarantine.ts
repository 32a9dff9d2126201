import { createHash } from 'node:crypto'
import { RelayError } from '../errors.ts'
import { stampOf } from '../imports/paths.ts'
import type { DoorDeps, WebhookDeps } from './deps.ts'
import type { WebhookRequest } from './types.ts'

const PREFIX = 'quarantine/webhooks/'
const KEPT_MS = 14 * 86_400_000

/** An authentic delivery that could not be read, as it came; signatures and addresses are not kept. */
export interface Quarantined {
  source: string
  received_at: string
  content_type: string
  code: string
  message: string
  body_base64: string
}

/** Keeps a delivery for its source's owner to look at and to replay. */
export async function quarantine(
  deps: DoorDeps,
  source: string,
  request: WebhookRequest,
  error: unknown,
): Promise<void> {
  const { code, message } =
    error instanceof RelayError
      ? error
      : { code: 'unexpected', message: 'Reading it failed in a way that is a defect of cxi-relay.' }
  const body = Buffer.from(request.body)
  const kept: Quarantined = {
    source,
    received_at: new Date(request.receivedAtMs).toISOString(),
    content_type: request.headers['content-type'] ?? '',
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
    const headers = { 'content-type': kept.content_type }
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
