import { CxiError } from './errors.ts'
import type { HttpAnswer } from './http.ts'

const MAX_ERROR_BYTES = 65_536
/** Below this, reading on is cheaper than a new connection. */
const DRAIN_BYTES = 131_072
const DRAIN_MS = 5000

/** Lets go of what is left of an answer; nobody waits for it and no failure matters any more. */
export function drop(answer: HttpAnswer): void {
  const { body } = answer
  const timer = setTimeout(() => body.destroy(), DRAIN_MS)
  timer.unref()
  body.on('error', () => {}).on('close', () => clearTimeout(timer))
  body.dump({ limit: DRAIN_BYTES }).catch(() => {})
}

/** The beginning of an error's body as text; whatever came of it where the connection ends. */
export async function errorText(answer: HttpAnswer): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  try {
    for await (const chunk of answer.body) {
      chunks.push(chunk)
      bytes += chunk.length
      if (bytes >= MAX_ERROR_BYTES) break
    }
  } catch {
    // The status alone says what became of the request.
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** The whole body as JSON. Throws CxiError `cxi_bad_answer` where it is not. */
export async function jsonOf(answer: HttpAnswer, call: string): Promise<unknown> {
  const chunks: Buffer[] = []
  for await (const chunk of answer.body) chunks.push(chunk)
  try {
    return JSON.parse(
      Buffer.concat(chunks)
        .toString('utf8')
        .replace(/^\ufeff/, ''),
    )
  } catch {
    throw badAnswer(call, answer.status, 'its body is not JSON')
  }
}

export function badAnswer(call: string, status: number, what: string): CxiError {
  const message = `${call}: CXI answered ${status}, but ${what}. Whether it was done is not known; if this lasts, check the account's apiUrl for a proxy or another service.`
  return new CxiError('cxi_bad_answer', message, { outcome: 'unknown', retryable: true, status })
}
