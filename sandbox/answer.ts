import { once } from 'node:events'
import type { ServerResponse } from 'node:http'

/** What an endpoint answers. `chunks`: JSON text in pieces, for answers of any size; `text`: something else than JSON. */
export interface Answer {
  status: number
  json?: unknown
  chunks?: Iterable<string>
  text?: { type: string; body: string }
  headers?: Record<string, string>
  /** Whether the connection is cut instead, after it was done. */
  isLost?: boolean
}

const JSON_TYPE = 'application/json; charset=utf-8'

/** Sends an answer; ends early, without an error, where nobody reads on. */
export async function send(response: ServerResponse, answer: Answer): Promise<void> {
  const type = answer.text?.type ?? JSON_TYPE
  const hasBody = answer.json !== undefined || answer.chunks !== undefined || answer.text !== undefined
  response.writeHead(answer.status, { ...(hasBody ? { 'content-type': type } : {}), ...answer.headers })
  if (answer.chunks) await sendChunks(response, answer.chunks)
  else if (answer.text) response.end(answer.text.body)
  else if (answer.json === undefined) response.end()
  else response.end(JSON.stringify(answer.json))
}

async function sendChunks(response: ServerResponse, chunks: Iterable<string>): Promise<void> {
  const gone = new AbortController()
  response.once('close', () => gone.abort())
  for (const chunk of chunks) {
    if (response.destroyed) return
    if (!response.write(chunk)) await once(response, 'drain', { signal: gone.signal }).catch(() => {})
  }
  response.end()
}
