import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda'
import type { WebhookAnswer, WebhookRequest } from '../../shared/webhooks/types.ts'

/** The parts of an HTTP API's event (payload 2.0) that a delivery is made of. */
export type HttpEvent = Pick<
  APIGatewayProxyEventV2,
  'rawPath' | 'rawQueryString' | 'headers' | 'cookies' | 'body' | 'isBase64Encoded'
> & { requestContext: { http: { method: string } } }

/** A delivery as its sender made it. Headers are in lower case and joined by commas already; cookies come apart. */
export function requestOf(event: HttpEvent, receivedAtMs: number): WebhookRequest {
  const { body = '', cookies = [], rawQueryString, isBase64Encoded } = event
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(event.headers)) if (value !== undefined) headers[name] = value
  if (cookies.length > 0) headers.cookie = cookies.join('; ')
  return {
    method: event.requestContext.http.method,
    headers,
    // The gateway decodes the path, but leaves the query as it was.
    path: `${encodeURI(event.rawPath)}${rawQueryString === '' ? '' : `?${rawQueryString}`}`,
    body: Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8'),
    receivedAtMs,
  }
}

export function resultOf(
  event: HttpEvent,
  { status, headers, body }: WebhookAnswer,
): APIGatewayProxyStructuredResultV2 {
  const isHead = event.requestContext.http.method === 'HEAD'
  return { statusCode: status, headers, body: isHead ? '' : body }
}
