/** A piece of what is signed: the method, the whole public address, the timestamp header's text, the raw body. */
export type SignedPiece = 'method' | 'url' | 'timestamp' | 'body'

/** How a delivery proves that it comes from somebody who knows the secret; data, interpreted by verify.ts. */
export type Proof = StandardProof | HmacProof | FormProof | StaticProof

/** Standard Webhooks and Svix: `v1,` and base64 HMAC-SHA256 over `id.timestamp.body`, five minutes both ways. */
export interface StandardProof {
  kind: 'standard'
}

/** HMAC in a header, over the raw body or over a concatenation. */
export interface HmacProof {
  kind: 'hmac'
  /** In lower case. */
  header: string
  algorithm: 'sha1' | 'sha256' | 'sha512'
  encoding: 'hex' | 'base64'
  /** What stands before the digest in the header, for example `sha256=`. */
  prefix?: string
  /** @default ['body'] */
  signed?: readonly SignedPiece[]
  timestamp?: { header: string; unit: 'iso' | 'ms' | 's' }
  /** The key is `<client_id>&<secret>`, the first being a member of the secret. */
  isKeyedByClient?: true
  /** The address may be signed with these percent-encoded characters decoded. */
  decodedInUrl?: RegExp
}

/** HMAC in one field of a form over another field, as decoded. */
export interface FormProof {
  kind: 'form'
  field: string
  over: string
  algorithm: 'sha512'
  encoding: 'hex'
}

/** The secret itself: `?token=`, a header (`webhook.header` of the source comes first), or a field of the body. */
export interface StaticProof {
  kind: 'static'
  /** In lower case; `Authorization` may say `Bearer <secret>`. */
  header?: string
  field?: string
}

export const STATIC: StaticProof = { kind: 'static' }
