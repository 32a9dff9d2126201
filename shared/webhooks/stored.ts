import { hash } from 'node:crypto'
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import type { ToolResponse } from './types.ts'

/** What the buffer keeps of a response: what the tool said, after the privacy rules; it is mapped when it is sent. */
export interface StoredResponse {
  event: ToolResponse
  receivedAtMs: number
}

/** An event of 2 KB stays below the one that a write unit of DynamoDB takes: the lowest level is 3 % too long for it. */
export function pack(response: StoredResponse): { content: Uint8Array; bytes: number } {
  const text = Buffer.from(JSON.stringify(response))
  return { content: deflateRawSync(text, { level: 6 }), bytes: text.length }
}

export function unpack(content: Uint8Array): StoredResponse {
  return JSON.parse(inflateRawSync(content).toString()) as StoredResponse
}

/** Equal for responses that say the same, whenever they were delivered. */
export function hashOf({ date, answers }: ToolResponse): string {
  const said = [date, ...answers.map(({ label, value }) => [label, value])]
  return hash('sha256', JSON.stringify(said), 'base64url').slice(0, 22)
}
