import type { APIGatewayProxyStructuredResultV2, SQSBatchResponse, SQSEvent } from 'aws-lambda'
import { flushResponses } from '../../functions/flush-responses/flush-responses.ts'
import type { Home } from '../../functions/home.ts'
import { receiveWebhook } from '../../functions/receive-webhook/receive-webhook.ts'
import type { HttpEvent } from '../../functions/receive-webhook/request.ts'
import { recordMessage } from '../../functions/record-message.ts'
import { flushSources } from '../../shared/webhooks/flush.ts'
import { SECRET, WebhookWorld } from '../support/webhook-world.ts'
import { AwsHome } from './aws-home.ts'
import { delivery } from './events.ts'

/** The functions of both doors on stores in memory. */
export class WebhookHome extends AwsHome {
  declare readonly world: WebhookWorld
  readonly receive: (event: HttpEvent) => Promise<APIGatewayProxyStructuredResultV2>
  readonly flush: (event: SQSEvent | object) => Promise<SQSBatchResponse>

  constructor(world = new WebhookWorld()) {
    super(world)
    const home: Home = { ledger: world.ledger, clock: world.clock, logger: world.logger }
    const woken: { group: string; id: string }[] = []
    const { webhooks, webhookDeps } = world.process(undefined, { wake: (record) => void woken.push(record) })
    this.queues.responses = []
    this.receive = receiveWebhook({ ...home, door: async () => webhooks.door })
    this.flush = flushResponses({
      ...home,
      engine: async () => webhooks,
      flushSources: () => flushSources(webhookDeps),
      sendWakes: async () => {
        for (const record of woken.splice(0)) {
          const queue = record.group.startsWith('drop#') ? 'parts' : 'responses'
          this.queues[queue]?.push(recordMessage([record]))
        }
      },
    })
  }

  override async deliver(): Promise<void> {
    for (;;) {
      const response = this.queues.responses?.shift()
      if (response !== undefined) await this.flush(delivery([response]))
      else {
        await super.deliver()
        if (this.queues.responses?.length === 0) return
      }
    }
  }

  /** Lets minutes pass, with the schedules' two calls in each. */
  override async pass(minutes: number): Promise<void> {
    for (let minute = 0; minute < minutes; minute++) {
      await this.world.clock.advance(60_000)
      await this.flush({ source: 'aws.scheduler' })
      await this.sweep()
      await this.deliver()
    }
  }

  /** Delivers JSON to the source `nps` with its secret. */
  post(event: unknown): Promise<APIGatewayProxyStructuredResultV2> {
    return this.receive(httpEvent({ rawQueryString: TOKEN, body: JSON.stringify(event) }))
  }
}

export const TOKEN = `token=${encodeURIComponent(SECRET)}`

/** What an HTTP API gives a function, payload format 2.0. */
export const httpEvent = (change: Partial<HttpEvent> & { method?: string } = {}): HttpEvent => {
  const { method = 'POST', ...more } = change
  return {
    rawPath: '/webhooks/nps',
    rawQueryString: '',
    headers: { 'content-type': 'application/json', host: 'abc.execute-api.eu-central-1.amazonaws.com' },
    isBase64Encoded: false,
    requestContext: { http: { method } },
    ...more,
  }
}
