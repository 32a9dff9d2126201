import type { Account, Relay } from '../../shared/config/types.ts'
import { messageOf, RelayError } from '../../shared/errors.ts'
import { webhookAddresses } from '../../shared/webhooks/addresses.ts'
import { misledSources } from '../../shared/webhooks/visits.ts'
import { type AccountFinding, accountProblems } from '../account-check.ts'
import { secretNotes, type WebhookFinding, webhookProblems } from '../webhook-check.ts'
import { advised } from './aws.ts'
import type { FoundStack } from './find-stack.ts'
import type { StackHome } from './home.ts'

/** Asks CXI about each account with the credentials and the token that the stack uses. */
export function checkStackAccounts(home: StackHome): Promise<AccountFinding[]> {
  return Promise.all(
    Object.values(home.relay.accounts).map(async (account) => {
      const problems = await problemsOf(home, account)
      const state = problems.length > 0 ? 'trouble' : 'works'
      return { account: account.name, apiUrl: account.apiUrl, state, problems }
    }),
  )
}

async function problemsOf({ secrets, deps, stack }: StackHome, account: Account): Promise<string[]> {
  const explain = (error: unknown) => messageOf(advised(error, stack.region))
  try {
    if (await secrets.read(account.secret)) return await accountProblems(account, deps.api, explain)
  } catch (error) {
    return [explain(error)]
  }
  return [`There are no credentials yet. ${toFill(account.secret, stack)}`]
}

/** Looks at each webhook's secret; its address is the one that the stack was deployed with. */
export async function checkStackWebhooks({ relay, secrets, stack, deps }: StackHome): Promise<WebhookFinding[]> {
  const found: WebhookFinding[] = []
  for (const address of webhookAddresses(relay, '')) {
    const webhook = relay.sources[address.source]?.webhook
    const url = stack.webhooks.get(address.source)
    const problems = webhook ? await secretProblems(webhook) : []
    if (url === undefined) problems.unshift('It is not deployed yet, so it has no address: npm run deploy')
    const notes = webhook ? await secretNotes(secrets, webhook.secret, address.url) : []
    const misled = (await misledSources({ relay, ledger: deps.ledger })).filter(
      ({ source }) => source === address.source,
    )
    problems.push(...misled.map(({ message }) => message))
    found.push({ ...address, url: url ?? '', problems, notes })
  }
  return found

  async function secretProblems(webhook: NonNullable<Relay['sources'][string]['webhook']>): Promise<string[]> {
    const isThere = await secrets.read(webhook.secret).catch((error: unknown) => {
      // What is stored but no good is the check's own matter.
      if (error instanceof RelayError && error.code === 'secret_invalid') return true
      return messageOf(advised(error, stack.region))
    })
    if (typeof isThere === 'string') return [isThere]
    if (isThere === undefined) return [`It has no secret yet. ${toFill(webhook.secret, stack)}`]
    return webhookProblems(secrets, webhook)
  }
}

/** The description of each secret says what it holds. */
function toFill(secret: string, { region }: FoundStack): string {
  return `Paste as plaintext what the description of the secret "${secret}" says: https://${region}.console.aws.amazon.com/secretsmanager/secret?name=${encodeURIComponent(secret)}&region=${region}`
}
