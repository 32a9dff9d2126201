import { hash } from 'node:crypto'
import { RelayError } from '../errors.ts'

const BLOCK_BYTES = 64
const DIGEST_BYTES = 32

export type PrivacyRule = 'drop' | 'hash' | 'mask'

/**
 * What a privacy rule makes of a value; an empty one stays empty. 'hash': lower-case hex HMAC-SHA256 of the trimmed
 * text. 'mask': the first character, and the domain of an e-mail address. Throws RelayError `privacy_key_missing`.
 */
export function privateValue(rule: 'hash' | 'mask', key: Uint8Array | undefined): (text: string) => string {
  if (rule === 'mask') return (text) => masked(text.trim())
  if (!key || key.length === 0) {
    throw new RelayError('privacy_key_missing', `privacy: 'hash' needs the home's key, and there is none.`)
  }
  const digest = hmacSha256(key)
  return (text) => {
    const value = text.trim()
    return value === '' ? '' : digest(value)
  }
}

/** HMAC-SHA256 in lower-case hex by RFC 2104: for short texts, createHmac takes seven times as long. */
function hmacSha256(key: Uint8Array): (text: string) => string {
  const block = Buffer.alloc(BLOCK_BYTES)
  block.set(key.length > BLOCK_BYTES ? hash('sha256', key, 'buffer') : key)
  let inner = Buffer.alloc(4 * BLOCK_BYTES)
  const outer = Buffer.alloc(BLOCK_BYTES + DIGEST_BYTES)
  for (const [at, byte] of block.entries()) {
    inner[at] = byte ^ 0x36
    outer[at] = byte ^ 0x5c
  }
  return (text) => {
    const room = BLOCK_BYTES + 3 * text.length
    if (room > inner.length) inner = Buffer.concat([inner], room)
    const length = BLOCK_BYTES + inner.write(text, BLOCK_BYTES)
    outer.write(hash('sha256', inner.subarray(0, length), 'binary'), BLOCK_BYTES, 'latin1')
    return hash('sha256', outer)
  }
}

/** A value of which only the first character is shown, and the domain of an e-mail address. */
export function masked(value: string): string {
  if (value === '') return ''
  const at = value.lastIndexOf('@')
  const domain = at > 0 ? value.slice(at) : ''
  const [first = ''] = value
  return (at > 0 ? at : value.length) > 1 ? `${first}***${domain}` : `***${domain}`
}
