import { createGunzip } from 'node:zlib'
import { Agent, request } from 'undici'
import { RelayError } from '../errors.ts'
import type { AllowedLinks } from './allowed-links.ts'
import type { ExportDeps } from './deps.ts'
import { guardedConnect } from './guarded-connect.ts'
import { hostsAdvice } from './mail-ends.ts'

const MAX_REDIRECTS = 5
const HEADERS_TIMEOUT_MS = 60_000
/** Between two pieces of the body. */
const IDLE_TIMEOUT_MS = 60_000
const WHOLE_TIMEOUT_MS = 4 * 3_600_000
const MAX_BYTES = 20_000_000_000

/** An answer whose body is still to be read; `close` it whatever happens. */
export interface Download {
  host: string
  contentType: string
  body: AsyncIterable<Uint8Array>
  close(): Promise<void>
}

const REDIRECTS = new Set([301, 302, 303, 307, 308])
/** What object stores and web servers answer for links that were good once. */
const EXPIRED = new Set([401, 403, 404, 410])

/**
 * Follows a mailed link, without any credentials. Throws RelayErrors: retryable `link_unreachable`; else
 * `link_foreign`, `link_not_public`, `link_redirects`, `link_expired`, `link_refused`. Its body may throw
 * `link_unreachable` and `link_too_large`.
 */
export async function openLink(deps: ExportDeps, link: URL, allowed: AllowedLinks): Promise<Download> {
  const agent = new Agent({
    connect: guardedConnect((origin) => allowed.isLocalAllowed(origin), deps.lookup),
    headersTimeout: HEADERS_TIMEOUT_MS,
    bodyTimeout: IDLE_TIMEOUT_MS,
    allowH2: false,
  })
  const close = () => agent.destroy()
  try {
    let url = link
    for (let hop = 0; hop <= MAX_REDIRECTS; hop += 1) {
      if (!allowed.isAllowed(url)) throw foreign(url)
      const answer = await get(deps, agent, url)
      const { statusCode: status, headers } = answer
      if (!REDIRECTS.has(status) || headers.location === undefined) {
        if (status !== 200) throw refusal(url.host, status)
        return {
          host: url.host,
          contentType: String(headers['content-type'] ?? ''),
          body: limited(answer.body, String(headers['content-encoding'] ?? ''), url.host, deps.maxDownloadBytes),
          close,
        }
      }
      answer.body.on('error', () => {}).destroy()
      url = nextUrl(url, String(headers.location))
    }
    throw new RelayError('link_redirects', `The mailed link was sent on more than ${MAX_REDIRECTS} times.`)
  } catch (error) {
    await close()
    throw error
  }
}

async function get(deps: ExportDeps, dispatcher: Agent, url: URL) {
  const time = AbortSignal.timeout(WHOLE_TIMEOUT_MS)
  const signal = deps.signal ? AbortSignal.any([deps.signal, time]) : time
  const headers = { accept: 'text/csv,*/*;q=0.5', 'accept-encoding': 'identity', 'user-agent': 'cxi-relay' }
  try {
    return await request(url, { dispatcher, method: 'GET', headers, signal })
  } catch (error) {
    throw unreachable(url.host, error)
  }
}

async function* limited(
  body: AsyncIterable<Uint8Array> & { destroy(): unknown } & NodeJS.ReadableStream,
  encoding: string,
  host: string,
  maxBytes = MAX_BYTES,
): AsyncGenerator<Uint8Array> {
  let bytes = 0
  try {
    for await (const chunk of /gzip/i.test(encoding) ? unzipped(body) : body) {
      bytes += chunk.length
      if (bytes > maxBytes) {
        throw new RelayError('link_too_large', `The export is larger than ${maxBytes} bytes; it was not kept.`)
      }
      yield chunk
    }
  } catch (error) {
    throw unreachable(host, error)
  } finally {
    body.destroy()
  }
}

function unzipped(body: NodeJS.ReadableStream): AsyncIterable<Uint8Array> {
  const gunzip = createGunzip()
  body.on('error', (error) => gunzip.destroy(error))
  return body.pipe(gunzip)
}

function nextUrl(from: URL, location: string): URL {
  const url = URL.parse(location, from.href)
  if (!url) throw new RelayError('link_redirects', `${from.host} sends the mailed link on to what is no address.`)
  return url
}

function foreign(url: URL): RelayError {
  const { protocol, host } = url
  return new RelayError(
    'link_foreign',
    `The mailed link leads to ${protocol}//${host}, which relay.config.ts does not allow; it was not followed. ${hostsAdvice([url])}`,
  )
}

function refusal(host: string, status: number): RelayError {
  if (EXPIRED.has(status)) {
    return new RelayError(
      'link_expired',
      `${host} answers the mailed link with ${status}: it has expired, or was used.`,
    )
  }
  const retryable = status >= 500 || status === 429 || status === 408 || status === 425
  const code = retryable ? 'link_unreachable' : 'link_refused'
  return new RelayError(code, `${host} answers the mailed link with ${status}.`, { retryable })
}

/** Its cause bears no address: that is as good as a password. */
function unreachable(host: string, error: unknown): RelayError {
  if (error instanceof RelayError) return error
  const cause = error instanceof Error && error.cause instanceof RelayError ? error.cause : undefined
  if (cause) return cause
  const code =
    error instanceof Error && 'code' in error ? String(error.code) : error instanceof Error ? error.name : 'unknown'
  const message = `The export can't be fetched from ${host} (${code}); it is tried again.`
  return new RelayError('link_unreachable', message, { retryable: true, cause: new Error(code) })
}
