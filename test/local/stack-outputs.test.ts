import { describe, expect, it } from 'vitest'
import { checkDeployment } from '../../local/stack/check-deployment.ts'
import { placesOf } from '../../local/stack/outputs.ts'
import { completeRelay } from '../../shared/config/resolve.ts'

const DROP_DOOR = {
  Inbox: 's3://cxi-relay-123456789012-eu-central-1/inbox/',
  LedgerTable: 'cxi-relay-ledger',
  ArrivalsQueue: 'https://sqs.eu-central-1.amazonaws.com/123456789012/arrivals',
  PartsQueue: 'https://sqs.eu-central-1.amazonaws.com/123456789012/parts',
  Credentials: 'cxi-relay/main cxi-relay/other',
  ImportDrop: 'cxi-relay-ImportDrop',
}
const WEBHOOK_DOOR = {
  WebhookNpsShop: 'https://abc.execute-api.eu-central-1.amazonaws.com/webhooks/nps-shop',
  WebhookGeneric: 'https://hooks.example.com/webhooks/generic?token=<secret>',
  WebhookSecrets: 'cxi-relay/typeform',
  ResponsesQueue: 'https://sqs.eu-central-1.amazonaws.com/123456789012/responses',
}

describe('the outputs of a stack', () => {
  it('name what a stack with all doors has', () => {
    const places = placesOf('cxi-relay', { ...DROP_DOOR, ...WEBHOOK_DOOR })

    expect(places).toEqual({
      bucket: 'cxi-relay-123456789012-eu-central-1',
      table: 'cxi-relay-ledger',
      queues: new Map([
        ['ArrivalsQueue', DROP_DOOR.ArrivalsQueue],
        ['PartsQueue', DROP_DOOR.PartsQueue],
        ['ResponsesQueue', WEBHOOK_DOOR.ResponsesQueue],
      ]),
      webhooks: new Map([
        ['nps-shop', WEBHOOK_DOOR.WebhookNpsShop],
        ['generic', WEBHOOK_DOOR.WebhookGeneric],
      ]),
      secrets: new Set(['cxi-relay/main', 'cxi-relay/other', 'cxi-relay/typeform']),
    })
  })

  it('may lack every door but the ledger and the bucket', () => {
    const { Inbox, LedgerTable } = DROP_DOOR

    const { queues, webhooks, secrets } = placesOf('cxi-relay', { Inbox, LedgerTable })

    expect([queues.size, webhooks.size, secrets]).toEqual([0, 0, undefined])
  })

  it.each([
    ['LedgerTable', { Inbox: DROP_DOOR.Inbox }],
    ['Inbox', { LedgerTable: 'table' }],
    ['Inbox', { LedgerTable: 'table', Inbox: 'https://example.com/inbox/' }],
    ['Inbox and LedgerTable', { BucketName: 'somebody-else' }],
  ])("are none of cxi-relay's without %s", (missing, outputs) => {
    expect(() => placesOf('shop', outputs)).toThrow(
      expect.objectContaining({ code: 'stack_foreign', message: expect.stringContaining(`no output ${missing}:`) }),
    )
  })
})

describe('the check of a deployment', () => {
  const relay = completeRelay({
    accounts: { main: { secret: 'cxi-relay/main' } },
    sources: { 'nps-shop': { webhook: { provider: 'typeform', secret: 'cxi-relay/typeform' } } },
  })
  const stackOf = (outputs: Record<string, string>, status = 'UPDATE_COMPLETE') => ({
    ...placesOf('cxi-relay', outputs),
    name: 'cxi-relay',
    region: 'eu-central-1',
    status,
  })
  const statesOf = (outputs: Record<string, string>, status?: string) =>
    checkDeployment(stackOf(outputs, status), relay, 'relay.config.ts').map(({ check, state }) => [check, state])

  it('finds nothing where the stack has what the configuration names', () => {
    expect(statesOf({ ...DROP_DOOR, ...WEBHOOK_DOOR })).toEqual([
      ['stack', 'ok'],
      ['configuration', 'ok'],
    ])
  })

  it.each(['ROLLBACK_COMPLETE', 'UPDATE_ROLLBACK_FAILED', 'UPDATE_IN_PROGRESS', 'DELETE_FAILED'])(
    'finds a stack that is %s',
    (status) => {
      expect(statesOf({ ...DROP_DOOR, ...WEBHOOK_DOOR }, status)).toContainEqual(['stack', 'problem'])
    },
  )

  it('names everything that the configuration has and the stack has not', () => {
    const [, found] = checkDeployment(stackOf({ ...DROP_DOOR, Credentials: 'old' }), relay, 'my.config.ts')

    expect(found?.state).toBe('problem')
    expect(found?.message).toContain(
      'lacks the secret "cxi-relay/main", the secret "cxi-relay/typeform", the webhook of source "nps-shop"',
    )
    expect(found?.message).toContain('my.config.ts')
  })
})
