import { RelayError } from '../../../errors.ts'
import type { Body, ObjectStore } from '../../../ports.ts'
import { onAws } from '../aws-errors.ts'
import { fittingKey } from '../fitting-key.ts'
import { type Answer, originOf, regionHere, ServiceError, sendSigned } from './send.ts'
import { encoded } from './signature.ts'

/** Whole small objects in a bucket, signed by hand: what a process needs of S3 that must start quickly. */
export class SignedObjects implements Pick<ObjectStore, 'read' | 'create' | 'put' | 'delete'> {
  readonly #bucket: string

  constructor(bucket: string) {
    this.#bucket = bucket
  }

  async *read(key: string): AsyncIterable<Uint8Array> {
    try {
      yield (await this.#call('Reading', 'GET', key)).body
    } catch (error) {
      if (!(error instanceof RelayError && isMissing(error.cause))) throw error
      throw new RelayError('object_missing', `There is no object ${key} in the bucket.`, { cause: error })
    }
  }

  async create(key: string, body: Body): Promise<boolean> {
    try {
      await this.#store(key, body, { 'if-none-match': '*' })
      return true
    } catch (error) {
      if (error instanceof RelayError && isTaken(error.cause)) return false
      throw error
    }
  }

  put(key: string, body: Body): Promise<void> {
    return this.#store(key, body)
  }

  async #store(key: string, body: Body, conditions: Record<string, string> = {}): Promise<void> {
    if (!(body instanceof Uint8Array)) throw new TypeError('Only whole bodies are stored here.')
    await this.#call('Storing', 'PUT', key, body, conditions)
  }

  async delete(key: string): Promise<void> {
    await this.#call('Deleting', 'DELETE', key)
  }

  #call(
    what: string,
    method: string,
    key: string,
    body: Uint8Array = new Uint8Array(),
    conditions: Record<string, string> = {},
  ): Promise<Answer> {
    const path = fittingKey(key).split('/').map(encoded).join('/')
    const url = new URL(`${this.#origin()}/${path}`)
    const headers: Record<string, string> = key.endsWith('.json')
      ? { 'content-type': 'application/json', ...conditions }
      : conditions
    const request = { service: 's3' as const, region: regionHere(), method, url, headers, body }
    return onAws(`${what} ${key}`, () => sendSigned(request, errorOf))
  }

  /** An emulator has its buckets in the path, since there are no names below an address. */
  #origin(): string {
    const origin = originOf('s3', regionHere())
    if (process.env.AWS_ENDPOINT_URL) return `${origin}/${this.#bucket}`
    return origin.replace('https://', `https://${this.#bucket}.`)
  }
}

const isTaken = (error: unknown) => error instanceof ServiceError && error.$metadata.httpStatusCode === 412
const isMissing = (error: unknown) => error instanceof ServiceError && error.$metadata.httpStatusCode === 404

function errorOf({ status, body }: Answer): ServiceError {
  const [, name = 'ServiceError'] = /<Code>([^<]+)<\/Code>/.exec(body.toString()) ?? []
  return new ServiceError(name, `S3 answered HTTP ${status}.`, status)
}
