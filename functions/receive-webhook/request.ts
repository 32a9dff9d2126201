import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda'
import type { WebhookAnswer, WebhookRequest } from '../../shared/webhooks/types.ts'

/** The parts of an HTTP API's event (payload 2.0) that a delivery is made of. */
export type HttpEvent = Pick<
  APIGatewayProxyEventV2,
  'rawPath' | 'rawQueryString' | 'headers' | 'cookies' | 'body' | 'isBase64Encoded'
> & { requestContext: { http: { method: string }; stage?: string } }

/** A delivery as its sender made it. Headers are in lower case and joined by commas already; cookies come apart. */
export function requestOf(event: HttpEvent, receivedAtMs: number): WebhookRequest {
  const { cookies, rawQueryString, isBase64Encoded } = event
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(event.headers ?? {})) if (value !== undefined) headers[name] = value
  if (cookies && cookies.length > 0) headers.cookie = cookies.join('; ')
  return {
    method: event.requestContext.http.method,
    headers,
    // The gateway decodes the path, but leaves the query as it was.
    path: `${encodeURI(event.rawPath)}${rawQueryString ? `?${rawQueryString}` : ''}`,
    // Whether it is base64 is said by this alone, whatever the content type is; a request may be without a body.
    body: Buffer.from(event.body ?? '', isBase64Encoded ? 'base64' : 'utf8'),
    isText: !isBase64Encoded,
    receivedAtMs,
  }
}

/** The path below the stage: one with a name stands before it, and in emulators `$default` does too. */
export function pathOf({ rawPath, requestContext: { stage } }: HttpEvent): string {
  const prefix = `/${stage ?? '$default'}/`
  return rawPath.startsWith(prefix) ? rawPath.slice(prefix.length - 1) : rawPath
}

export function resultOf(
  event: HttpEvent,
  { status, headers, body }: WebhookAnswer,
): APIGatewayProxyStructuredResultV2 {
  const isHead = event.requestContext.http.method === 'HEAD'
  return { statusCode: status, headers, body: isHead ? '' : body }
}
