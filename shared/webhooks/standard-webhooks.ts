import { createHmac } from 'node:crypto'
import { type Evidence, isSame } from './verify.ts'

/**
 * Standard Webhooks, with Svix's names for the headers too; undefined where the request has none of them. The key is the
 * base64 behind `whsec_`. https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
export function verifyStandard({ request, secrets, toleranceMs }: Evidence): boolean | undefined {
  const header = (name: string) => request.headers[`webhook-${name}`] ?? request.headers[`svix-${name}`]
  const signatures = header('signature')
  if (signatures === undefined) return undefined
  const id = header('id')
  const timestamp = header('timestamp') ?? ''
  const sentMs = /^\d{1,12}$/.test(timestamp) ? Number(timestamp) * 1000 : Number.NaN
  if (id === undefined || !(Math.abs(request.receivedAtMs - sentMs) <= toleranceMs)) return false
  const given = signatures.split(/[\s,]+(?=v1,)|\s+/).filter((one) => one.startsWith('v1,'))
  return secrets.some((secret) => {
    const key = standardKey(secret)
    if (key.length === 0) return false
    const digest = createHmac('sha256', key).update(`${id}.${timestamp}.`).update(request.body).digest()
    return given.some((one) => isSame(digest, one.slice(3), 'base64'))
  })
}

/** Bytes of a `whsec_…` secret; empty for one that is none. */
export function standardKey(secret: string): Buffer {
  return Buffer.from(secret.startsWith('whsec_') ? secret.slice(6) : '', 'base64')
}
