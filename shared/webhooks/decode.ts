import { isUtf8 } from 'node:buffer'
import { parseForm } from './form-body.ts'
import { parseJson } from './json.ts'
import { tame } from './tame.ts'
import { unreadable } from './values.ts'

/** Field names, and so on, of a body that is a form. */
export const MAX_FIELDS = 2000

/**
 * The data of a body: JSON, urlencoded (with `a[b]` brackets) or multipart, whatever its content type says. Throws
 * RelayError `webhook_unreadable`, also for what goes beyond the limits of nesting, members and fields.
 */
export async function decode(given: Uint8Array, contentType: string): Promise<unknown> {
  const body = withoutMark(given)
  if (body.length === 0) return {}
  if (isMultipart(body, contentType)) {
    const { parseMultipart } = await import('./multipart-body.ts')
    return tame(await parseMultipart(body, contentType))
  }
  const text = textIn(body, contentType)
  const first = /\S/.exec(text)?.[0]
  if (first === '{' || first === '[' || first === '"') {
    try {
      return parseJson(text)
    } catch (cause) {
      if (first !== '[' || !text.includes('=')) throw cause instanceof SyntaxError ? notJson() : cause
    }
  }
  if (!text.includes('=')) throw unreadable('The body is neither JSON nor a form.')
  return tame(parseForm(text))
}

/** Without the cause, whose message quotes the body. */
const notJson = () => unreadable('The body is not whole JSON.')

function isMultipart(body: Uint8Array, contentType: string): boolean {
  return /^\s*multipart\/form-data/i.test(contentType) && body[0] !== 0x7b && body[0] !== 0x5b
}

/** Some senders write a byte order mark, and some that take it over write it twice. */
function withoutMark(body: Uint8Array): Uint8Array {
  let from = 0
  while (body[from] === 0xef && body[from + 1] === 0xbb && body[from + 2] === 0xbf) from += 3
  return from === 0 ? body : body.subarray(from)
}

function textIn(body: Uint8Array, contentType: string): string {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
  if (isUtf8(bytes)) return bytes.toString('utf8')
  const label = /charset\s*=\s*"?([\w:.-]+)/i.exec(contentType)?.[1] ?? 'utf-8'
  try {
    return new TextDecoder(label, { fatal: true }).decode(bytes)
  } catch (cause) {
    throw unreadable(`The body is not text in ${/^utf-?8$/i.test(label) ? 'UTF-8' : 'the encoding it states'}.`, cause)
  }
}
