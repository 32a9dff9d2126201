import { privacyKeyOf } from '../../shared/stores/aws/privacy-key.ts'
import { accountSentences } from '../account-check.ts'
import { webhookSentences } from '../webhook-check.ts'
import type { StackOptions } from './aws.ts'
import { type Check, checked, checkSentence } from './check.ts'
import { checkStackAccounts, checkStackWebhooks } from './check-accounts.ts'
import { checkDeployment, checkInbox } from './check-deployment.ts'
import { checkAlarms, checkDeadLetters } from './check-work.ts'
import { type StackHome, withStack } from './home.ts'

/**
 * Tells of a deployed stack what is in order and what is not, with what to do. Exits with 1 where there is a problem;
 * throws what `withStack` throws.
 */
export async function stackDoctor(options: StackOptions & { config: string; json: boolean }): Promise<void> {
  await withStack(options, async (home) => {
    const { name, region, status } = home.stack
    const [checks, accounts, webhooks] = await Promise.all([
      checksOf(home, options.config),
      checkStackAccounts(home),
      checkStackWebhooks(home),
    ])
    if (options.json)
      console.log(JSON.stringify({ stack: { name, region, status }, checks, accounts, webhooks }, null, 2))
    else {
      const sentences = [
        ...checks.map(checkSentence),
        '',
        ...accountSentences(accounts),
        '',
        ...webhookSentences(webhooks),
      ]
      for (const line of sentences) console.log(line)
    }
    const isSick = checks.some(({ state }) => state === 'problem')
    if (isSick || [...accounts, ...webhooks].some(({ problems }) => problems.length > 0)) process.exitCode = 1
  })
}

async function checksOf(home: StackHome, configFile: string): Promise<Check[]> {
  const { stack, relay, options, s3 } = home
  const looks: [check: string, look: () => Promise<Check[]>][] = [
    ['stack', async () => checkDeployment(stack, relay, configFile)],
    ['inbox', () => checkInbox(s3, stack)],
    ['privacy_key', () => checkPrivacyKey(home)],
    ['dead_letters', () => checkDeadLetters(options, stack)],
    ['alarms', () => checkAlarms(options, stack)],
  ]
  return (await Promise.all(looks.map(([check, look]) => checked(check, stack.region, look)))).flat()
}

async function checkPrivacyKey({ relay, stack, secrets }: StackHome): Promise<Check[]> {
  const key = await privacyKeyOf(relay, `${stack.name}/privacy-key`, secrets)
  return key ? [{ check: 'privacy_key', state: 'ok', message: 'The key of hashed columns is there.' }] : []
}
