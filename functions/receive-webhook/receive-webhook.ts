import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda'
import { messageOf, RelayError } from '../../shared/errors.ts'
import { sourceAt } from '../../shared/webhooks/addresses.ts'
import { UNAVAILABLE, UNKNOWN } from '../../shared/webhooks/answers.ts'
import type { WebhookDoor } from '../../shared/webhooks/door.ts'
import type { WebhookAnswer } from '../../shared/webhooks/types.ts'
import type { Home } from '../home.ts'
import { type HttpEvent, pathOf, requestOf, resultOf } from './request.ts'

export interface ReceiveWebhook extends Pick<Home, 'clock' | 'logger'> {
  door: () => Promise<Pick<WebhookDoor, 'receive'>>
}

/** Gives a request to the webhook door; where that can't be opened, the sender is told to come again. */
export function receiveWebhook({ door, clock, logger }: ReceiveWebhook) {
  const opened = () =>
    door().catch((error: unknown) => {
      const code = error instanceof RelayError ? error.code : 'unexpected'
      logger.alarm('webhook.unavailable', { code, message: messageOf(error) })
      return undefined
    })

  async function answerTo(event: HttpEvent): Promise<WebhookAnswer> {
    const source = sourceAt(pathOf(event))
    if (source === undefined) return UNKNOWN
    const there = await opened()
    return there ? there.receive(source, requestOf(event, clock.now())) : UNAVAILABLE
  }

  return async (event: HttpEvent): Promise<APIGatewayProxyStructuredResultV2> => resultOf(event, await answerTo(event))
}
