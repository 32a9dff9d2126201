import { createHmac } from 'node:crypto'
import { InvokeCommand } from '@aws-sdk/client-lambda'
import { PutSecretValueCommand } from '@aws-sdk/client-secrets-manager'
import { Agent, request } from 'undici'
import { expect, inject } from 'vitest'
import type { Door } from './door.ts'

export const SECRET = 'known to the tool only'

export interface Answered {
  status: number
  body: unknown
  headers: Record<string, unknown>
}

/** What a tool sends; a POST unless it says otherwise. */
interface Sent {
  method?: 'GET' | 'HEAD' | 'POST' | 'PUT'
  headers?: Record<string, string>
  body?: string | Uint8Array
}

/** Each request under way is a process of the emulator; by HTTP/2 one connection would hold a hundred of them. */
const AT_ONCE = 8

/** Survey tools that deliver to the deployed stack, as its outputs tell them. */
export class Tools {
  readonly #door: Door
  readonly #endpoint = inject('endpoint')
  readonly #outputs = inject('outputs')
  readonly #connections = new Agent({ connections: AT_ONCE, allowH2: false })

  constructor(door: Door) {
    this.#door = door
  }

  /** The address of a source as it was put out, at the emulator instead of AWS. */
  address(output: string): string {
    const [, id, path = ''] = /^https?:\/\/(\w+)\.[^/]+(\/.+)$/.exec(this.#outputs[output] ?? '') ?? []
    return `${this.#endpoint}/_aws/execute-api/${id}/$default${path.replace('<secret>', encodeURIComponent(SECRET))}`
  }

  async send(url: string, sent: Sent = {}): Promise<Answered> {
    const {
      statusCode: status,
      headers,
      body,
    } = await request(url, {
      method: 'POST',
      ...sent,
      dispatcher: this.#connections,
      headersTimeout: 120_000,
    })
    const text = await body.text()
    return { status, body: text === '' ? null : JSON.parse(text), headers }
  }

  /** Delivers JSON to the source `hooks`, the secret behind `?token=`. */
  deliver(event: object): Promise<Answered> {
    return this.send(this.address('WebhookHooks'), { body: JSON.stringify(event), headers: JSON_TYPE })
  }

  /** Delivers as a survey tool does: again after a while where it is told to come again. */
  async deliverUntilTaken(event: object): Promise<Answered> {
    let answered = await this.deliver(event)
    await expect
      .poll(
        async () => {
          if (answered.status >= 429) answered = await this.deliver(event)
          return answered.status
        },
        { interval: 500, message: 'a delivery' },
      )
      .toBeLessThan(300)
    return answered
  }

  /** Delivers to the source `typeform`, signed as Typeform does it; `tamper` changes the body after that. */
  deliverSigned(event: object, tamper = (body: string) => body): Promise<Answered> {
    const body = JSON.stringify(event)
    const signature = `sha256=${createHmac('sha256', SECRET).update(body).digest('base64')}`
    const headers = { ...JSON_TYPE, 'Typeform-Signature': signature }
    return this.send(this.address('WebhookTypeform'), { body: tamper(body), headers })
  }

  async pasteSecrets(): Promise<void> {
    for (const SecretId of ['cxi-relay/typeform', 'cxi-relay/hooks']) {
      const input = { SecretId, SecretString: JSON.stringify({ secret: SECRET }) }
      await this.#door.clients.secrets.send(new PutSecretValueCommand(input))
    }
  }

  /** A minute passes: settled responses are looked for, and what is due is swept up. */
  async pass(): Promise<void> {
    const FunctionName = this.#outputs.FlushResponses ?? ''
    const Payload = Buffer.from('{"source":"aws.scheduler"}')
    const answer = await this.#door.clients.lambda.send(new InvokeCommand({ FunctionName, Payload }))
    expect(answer.FunctionError).toBeUndefined()
    await this.#door.minutesPass()
  }

  /** Lets minutes pass until CXI has so many responses of users that begin so. */
  untilInCxi(prefix: string, count: number): Promise<string[]> {
    return this.passedUntil(
      () => this.usersInCxi(prefix),
      ({ length }) => length >= count,
      `responses of ${prefix} in CXI`,
    )
  }

  /** Lets minutes pass until what is found will do. */
  passedUntil<T>(find: () => Promise<T>, willDo: (found: T) => boolean, message: string): Promise<T> {
    return this.#door.sweptUntil(find, willDo, { message, pass: () => this.pass() })
  }

  async usersInCxi(prefix: string): Promise<string[]> {
    return (await this.#door.responses()).map(({ user_id }) => user_id).filter((user) => user.startsWith(prefix))
  }
}

const JSON_TYPE = { 'content-type': 'application/json' }
