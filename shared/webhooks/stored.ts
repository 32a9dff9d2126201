import { hash } from 'node:crypto'
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import type { ToolResponse } from './types.ts'

/** What the buffer keeps of a response: what the tool said, after the privacy rules; it is mapped when it is sent. */
export interface StoredResponse {
  event: ToolResponse
  receivedAtMs: number
}

/**
 * An event of 2 KB stays below the one that a write unit of DynamoDB takes. The lowest level would be hardly quicker: most of
 * the time goes into zlib's own memory, which is 268 KB unless it is told how little there is to pack.
 */
const SMALL_BYTES = 4096
const SMALL = { level: 6, windowBits: 12, memLevel: 5, chunkSize: 1024 }
const LARGE = { level: 6 }

export function pack(response: StoredResponse): { content: Uint8Array; bytes: number } {
  const json = Buffer.from(JSON.stringify(response))
  return { content: deflateRawSync(json, json.length > SMALL_BYTES ? LARGE : SMALL), bytes: json.length }
}

export function unpack(content: Uint8Array): StoredResponse {
  return JSON.parse(inflateRawSync(content).toString()) as StoredResponse
}

/** Equal for responses that say the same, whenever they were delivered. */
export function hashOf({ date, answers }: ToolResponse): string {
  const said = [date, ...answers.map(({ label, value }) => [label, value])]
  return hash('sha256', JSON.stringify(said), 'base64url').slice(0, 22)
}
