import { createHmac, hash, timingSafeEqual } from 'node:crypto'
import type { FormProof, HmacProof, Proof, StaticProof } from './proof.ts'
import { verifyStandard } from './standard-webhooks.ts'
import type { WebhookRequest } from './types.ts'
import { at } from './values.ts'

/** What a proof is looked for in, and what it is compared with. */
export interface Evidence {
  request: WebhookRequest
  /** The address as the sender knows it, which few tools sign. */
  publicUrl: () => string
  /** Valid secrets; any of them may have been used. */
  secrets: readonly string[]
  clientId?: string | undefined
  /** Header of a static secret, in lower case, as the source names it. */
  staticHeader?: string | undefined
  toleranceMs: number
  /** Decodes the body; only for proofs that stand inside it. */
  body: () => Promise<unknown>
}

/** Whether the request was made by somebody who knows a secret. Takes the same time for every wrong proof. */
export async function isAuthentic(proofs: readonly Proof[], evidence: Evidence): Promise<boolean> {
  for (const proof of proofs) {
    const found = verdictOf(proof, evidence)
    const verdict = found instanceof Promise ? await found : found
    if (verdict !== undefined) return verdict
  }
  return false
}

/** Undefined where the request carries no such proof. */
function verdictOf(proof: Proof, evidence: Evidence): boolean | undefined | Promise<boolean | undefined> {
  switch (proof.kind) {
    case 'standard':
      return verifyStandard(evidence)
    case 'hmac':
      return verifyHmac(proof, evidence)
    case 'form':
      return verifyForm(proof, evidence)
    case 'static':
      return verifyStatic(proof, evidence)
  }
}

function verifyHmac(proof: HmacProof, evidence: Evidence): boolean | undefined {
  const { request, toleranceMs, secrets, clientId } = evidence
  const { prefix = '', signed = BODY } = proof
  const given = request.headers[proof.header]?.trim()
  if (given === undefined) return undefined
  if (!given.startsWith(prefix)) return false
  const time = proof.timestamp && request.headers[proof.timestamp.header]
  if (proof.timestamp) {
    const sentMs = time === undefined ? Number.NaN : milliseconds(time, proof.timestamp.unit)
    if (!(Math.abs(request.receivedAtMs - sentMs) <= toleranceMs)) return false
  }
  const digest = given.slice(prefix.length)
  const urls = signed.includes('url') ? spellingsOf(evidence.publicUrl(), proof.decodedInUrl) : NO_URL
  for (const secret of secrets) {
    const key = proof.isKeyedByClient && !secret.includes('&') ? `${clientId ?? ''}&${secret}` : secret
    for (const url of urls) {
      const hmac = createHmac(proof.algorithm, key)
      for (const piece of signed) {
        if (piece === 'body') hmac.update(request.body)
        else hmac.update(piece === 'url' ? url : piece === 'method' ? request.method : (time ?? ''))
      }
      if (isSame(hmac.digest(), digest, proof.encoding)) return true
    }
  }
  return false
}

const BODY = ['body'] as const
/** Where the address is not signed, one try is enough. */
const NO_URL = ['']

const spellingsOf = (url: string, encoded: RegExp | undefined): Iterable<string> =>
  encoded ? new Set([url, url.replace(encoded, (code) => decodeURIComponent(code))]) : [url]

function milliseconds(text: string, unit: 'iso' | 'ms' | 's'): number {
  if (unit === 'iso') return Date.parse(text)
  if (!/^\d{1,15}$/.test(text)) return Number.NaN
  return unit === 'ms' ? Number(text) : Number(text) * 1000
}

async function verifyForm(proof: FormProof, { body, secrets }: Evidence): Promise<boolean | undefined> {
  const decoded = await body().catch(() => undefined)
  const given = at(decoded, proof.field)
  const over = at(decoded, proof.over)
  if (given === undefined && over === undefined) return undefined
  if (typeof given !== 'string' || typeof over !== 'string') return false
  return secrets.some((secret) =>
    isSame(createHmac(proof.algorithm, secret).update(over).digest(), given, proof.encoding),
  )
}

async function verifyStatic(proof: StaticProof, evidence: Evidence): Promise<boolean | undefined> {
  const { request, secrets, staticHeader, body } = evidence
  const isKnown = (value: string) => secrets.some((secret) => isSameText(secret, value))
  const tokens = tokensIn(request.path)
  // Whoever gives several must know each: of `?token=guess&token=…` it can't be told which one the sender means.
  if (tokens.length > 0 && tokens.every((spellings) => spellings.some(isKnown))) return true
  const given: string[] = []
  for (const header of [staticHeader, proof.header]) {
    const value = header === undefined ? undefined : request.headers[header]
    if (value !== undefined) given.push(value.replace(/^bearer\s+/i, '').trim())
  }
  if (given.length + tokens.length === 0 && proof.field !== undefined) {
    const value = at(await body().catch(() => undefined), proof.field)
    if (typeof value === 'string') given.push(value)
  }
  return given.length + tokens.length === 0 ? undefined : given.some(isKnown)
}

/**
 * The values of `?token=`, each as it stands and percent-decoded: people paste the secret as it is, and tools encode it. A
 * `+` is a plus, unlike in a form.
 */
function tokensIn(path: string): string[][] {
  const query = /\?([^#]*)/.exec(path)?.[1] ?? ''
  return query.split('&').flatMap((pair) => {
    const raw = /^token(?:=(.*))?$/s.exec(pair)
    return raw ? [[raw[1] ?? '', percentDecoded(raw[1] ?? '')]] : []
  })
}

function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** Compares a digest with its given text; another length is no answer sooner. */
export function isSame(digest: Buffer, given: string, encoding: 'hex' | 'base64'): boolean {
  const bytes = Buffer.from(given, encoding)
  const isWritten = encoding === 'hex' ? /^[0-9a-f]+$/i.test(given) : /^[A-Za-z0-9+/]+=*$/.test(given)
  const same = timingSafeEqual(digest, bytes.length === digest.length ? bytes : Buffer.alloc(digest.length))
  return same && isWritten && bytes.length === digest.length
}

/** Compares texts of any length in a time that tells nothing about either. */
function isSameText(a: string, b: string): boolean {
  return a !== '' && timingSafeEqual(hash('sha256', a, 'buffer'), hash('sha256', b, 'buffer'))
}
