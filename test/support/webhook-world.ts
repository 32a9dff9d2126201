import { createHmac } from 'node:crypto'
import type { Source } from '../../shared/config/types.ts'
import { MemorySecretStore } from '../../shared/stores/memory/secrets.ts'
import type { WebhookDeps } from '../../shared/webhooks/deps.ts'
import { createWebhookEngine, type WebhookEngine } from '../../shared/webhooks/engine.ts'
import { flushSources } from '../../shared/webhooks/flush.ts'
import { ResponseMapper } from '../../shared/webhooks/map-response.ts'
import { unpack } from '../../shared/webhooks/stored.ts'
import type { MappedResponse, WebhookAnswer, WebhookRequest } from '../../shared/webhooks/types.ts'
import { Life, mortal, type Process, relayOf, source, World } from './world.ts'

export const SECRET = 'a secret that only the tool knows'

export interface WebhookProcess extends Process {
  webhooks: WebhookEngine
  webhookDeps: WebhookDeps
}

/** A world with one webhook source, `nps`, and what a person sees of it. */
export class WebhookWorld extends World {
  readonly secrets = new MemorySecretStore({ hook: { secret: SECRET } })

  constructor(provider = 'generic', change: Partial<Source> = {}) {
    const webhook = { provider, secret: 'hook', ...change.webhook }
    super(relayOf([source('nps', { dedupe: 'rows', ...change, webhook })]))
  }

  override process(life = new Life(), more: Partial<WebhookDeps> = {}): WebhookProcess {
    const { deps, engine } = super.process(life)
    const webhookDeps: WebhookDeps = {
      ...deps,
      buffer: mortal(this.buffer, life),
      secrets: this.secrets,
      privacyKey: new Uint8Array(32).fill(7),
      ...more,
    }
    const webhooks = createWebhookEngine(webhookDeps)
    const both = {
      ...engine,
      work: async (record: Parameters<typeof engine.work>[0]) => {
        await (webhooks.laneOf(record) ? webhooks : engine).work(record)
      },
      laneOf: (record: Parameters<typeof engine.work>[0]) => webhooks.laneOf(record) ?? engine.laneOf(record),
    }
    return { deps, engine: both, webhooks, webhookDeps }
  }

  /** Lets time pass as the embedded home does: a look for settled responses every minute. */
  async passMinutes(process: WebhookProcess, minutes: number): Promise<void> {
    for (let minute = 0; minute < minutes; minute++) {
      await this.pass(process, 60)
      await flushSources(process.webhookDeps)
      await this.drain(process)
    }
  }

  request(body: string | Uint8Array, change: Partial<WebhookRequest> = {}): WebhookRequest {
    return {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      path: '/webhooks/nps',
      body: Buffer.from(body),
      receivedAtMs: this.clock.now(),
      ...change,
    }
  }

  /** Delivers an object as JSON with the secret behind `?token=`. */
  deliver({ webhooks }: WebhookProcess, event: unknown): Promise<WebhookAnswer> {
    const path = `/webhooks/nps?token=${encodeURIComponent(SECRET)}`
    return webhooks.door.receive('nps', this.request(JSON.stringify(event), { path }))
  }

  /** What is stored of responses, mapped as the source says now. */
  async stored(): Promise<MappedResponse[]> {
    const { nps } = this.relay.sources
    const mapper = new ResponseMapper(nps ?? {})
    const found: MappedResponse[] = []
    for await (const { id, content } of this.buffer.unsent(this.scope, 0)) {
      if (content) found.push(mapper.map(unpack(content), id).response)
    }
    return found
  }

  get scope() {
    return { identity: 'main@https://cxi.test', source: 'nps' }
  }
}

export const statusOf = ({ status, body }: WebhookAnswer) => `${status} ${JSON.parse(body).status ?? 'error'}`

export const hmac = (
  algorithm: string,
  key: string | Buffer,
  encoding: 'hex' | 'base64',
  ...pieces: (string | Uint8Array)[]
) => {
  const made = createHmac(algorithm, key)
  for (const piece of pieces) made.update(piece)
  return made.digest(encoding)
}
