import { type Answer, originOf, regionHere, ServiceError, sendSigned } from './send.ts'

export interface JsonService {
  service: 'dynamodb' | 'secretsmanager'
  /** Name of the protocol's version in front of an operation. */
  target: string
  version: '1.0' | '1.1'
  /** @default a ServiceError with the service's name for it */
  errorOf?: (name: string, message: string, status: number, body: Record<string, unknown>) => ServiceError
}

/** Calls an operation of a service that speaks JSON; binary members are base64, read back as bytes. */
export async function callJson(of: JsonService, operation: string, input: unknown): Promise<Record<string, unknown>> {
  const region = regionHere()
  const request = {
    service: of.service,
    region,
    method: 'POST',
    url: new URL(`${originOf(of.service, region)}/`),
    headers: { 'content-type': `application/x-amz-json-${of.version}`, 'x-amz-target': `${of.target}.${operation}` },
    body: JSON.stringify(withText(input)),
  }
  const { body } = await sendSigned(request, (answer) => errorIn(of, answer))
  return parsed(body)
}

/** Bytes become text before JSON is made, which would spell out each byte of them. */
function withText(value: unknown): unknown {
  if (value instanceof Uint8Array)
    return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64')
  if (Array.isArray(value)) return value.map(withText)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, withText(member)]))
}

const parsed = (body: Buffer): Record<string, unknown> =>
  JSON.parse(body.toString() || '{}', (name, value) =>
    name === 'B' && typeof value === 'string' ? Buffer.from(value, 'base64') : value,
  )

function errorIn(of: JsonService, { status, body }: Answer): ServiceError {
  let told: Record<string, unknown> = {}
  try {
    told = parsed(body)
  } catch {
    // A load balancer's page; the status says enough.
  }
  const name = String(told.__type ?? 'ServiceError').replace(/^.*#/, '')
  const message = String(told.message ?? told.Message ?? `HTTP ${status}`)
  return (of.errorOf ?? serviceError)(name, message, status, told)
}

const serviceError = (name: string, message: string, status: number) => new ServiceError(name, message, status)
