import { createHash, createHmac } from 'node:crypto'

export interface Credentials {
  accessKeyId: string
  secretAccessKey: string
  sessionToken?: string | undefined
}

export interface Unsigned {
  /** Its name in signatures, such as `dynamodb`. */
  service: string
  region: string
  method: string
  url: URL
  /** Names in lower case; `host` and what the signature needs are added. */
  headers: Record<string, string>
  body: Uint8Array | string
}

/**
 * The headers of a request with its AWS Signature Version 4
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html).
 */
export function signedHeaders(request: Unsigned, credentials: Credentials, nowMs: number): Record<string, string> {
  const { service, region, method, url, body } = request
  const time = `${new Date(nowMs).toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`
  const bodyHash = createHash('sha256').update(body).digest('hex')
  const { accessKeyId, secretAccessKey, sessionToken } = credentials
  const headers: Record<string, string> = {
    ...request.headers,
    host: url.host,
    'x-amz-date': time,
    ...(service === 's3' ? { 'x-amz-content-sha256': bodyHash } : {}),
    ...(sessionToken ? { 'x-amz-security-token': sessionToken } : {}),
  }
  const names = Object.keys(headers).sort()
  const canonical = [
    method,
    // S3 takes the path as it is sent, all others encode it once more.
    service === 's3' ? url.pathname : url.pathname.split('/').map(encoded).join('/'),
    [...url.searchParams]
      .map(([name, value]) => [encoded(name), encoded(value)] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, value]) => `${name}=${value}`)
      .join('&'),
    ...names.map((name) => `${name}:${headers[name]?.trim().replaceAll(/ +/g, ' ')}`),
    '',
    names.join(';'),
    bodyHash,
  ].join('\n')
  const scope = `${time.slice(0, 8)}/${region}/${service}/aws4_request`
  const toSign = ['AWS4-HMAC-SHA256', time, scope, createHash('sha256').update(canonical).digest('hex')].join('\n')
  const key = scope.split('/').reduce<string | Buffer>((made, piece) => hmac(made, piece), `AWS4${secretAccessKey}`)
  const signature = createHmac('sha256', key).update(toSign).digest('hex')
  const authorization = `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=${names.join(';')}, Signature=${signature}`
  return { ...headers, authorization }
}

/** Percent-encodes everything but letters, digits and `-._~`, as signatures want it. */
export const encoded = (text: string) =>
  encodeURIComponent(text).replaceAll(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)

const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest()
