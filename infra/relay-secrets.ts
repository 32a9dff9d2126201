import { RemovalPolicy, Stack } from 'aws-cdk-lib'
import { CfnSecret, Secret } from 'aws-cdk-lib/aws-secretsmanager'
import { Construct } from 'constructs'
import type { Relay } from '../shared/config/types.ts'
import { webhookSources } from '../shared/webhooks/deps.ts'
import { PROVIDERS } from '../shared/webhooks/providers/registry.ts'
import { acknowledge } from './acknowledge.ts'

/** Credentials and tokens of each account, what webhooks prove to know, and the key of hashed columns; by their ARNs. */
export class RelaySecrets extends Construct {
  readonly credentialArns: string[] = []
  readonly tokenArns: string[] = []
  /** Of webhooks, by the secret's name. */
  readonly webhookArns = new Map<string, string>()
  /** ARN of the key of hashed columns. */
  readonly privacyKeyArn: string

  constructor(scope: Construct, id: string, relay: Relay) {
    super(scope, id)
    const byName = new Map(Object.values(relay.accounts).map((account) => [account.secret, account.name]))
    for (const [secret, account] of byName) {
      this.credentialArns.push(emptySecret(this, `Credentials-${account}`, secret, [toPaste(account), GIVEN]).attrId)
      this.tokenArns.push(emptySecret(this, `Token-${account}`, `${secret}/token`, [TOKEN, REPLACED]).attrId)
    }
    for (const { name, webhook } of webhookSources({ relay })) {
      const { secret } = webhook
      if (this.webhookArns.has(secret)) continue
      this.webhookArns.set(
        secret,
        emptySecret(this, `Webhook-${name}`, secret, [toShare(name, webhook.provider), SHARED]).attrId,
      )
    }
    // Made once; other hashes would come of another key, so it stays when the stack goes.
    const privacyKey = new Secret(this, 'PrivacyKey', {
      secretName: `${Stack.of(this).stackName}/privacy-key`,
      description: 'Key of columns that are hashed before they reach CXI. Never change it: hashes would not match.',
      generateSecretString: {
        secretStringTemplate: '{}',
        generateStringKey: 'key',
        passwordLength: 64,
        excludePunctuation: true,
      },
      removalPolicy: RemovalPolicy.RETAIN,
    })
    this.privacyKeyArn = (privacyKey.node.defaultChild as CfnSecret).attrId
    acknowledge(privacyKey, 'Another key would change every hash, so that users in CXI fell apart.', ROTATION)
  }
}

const ROTATION = 'AwsSolutions-SMG4'
const GIVEN =
  'Only InMoment gives out CXI credentials, to a person; a rotated one is pasted, and read without a restart.'
const REPLACED = 'The functions replace the token before each one ends; Secrets Manager has nothing to rotate.'
const SHARED = 'A person shares it with a survey tool and rotates both; a new one is read without a restart.'
const TOKEN = 'The current CXI access token, written by cxi-relay itself; nobody needs to change it.'

/** What a person sees in the console, where the credentials are to be pasted. */
const toPaste = (account: string) =>
  `Paste as plaintext the CXI credentials of account "${account}": {"grant_type":"client_credentials","client_id":"...","client_secret":"..."} or {"grant_type":"password","username":"...","password":"...","account_token":"..."}`

/** For a webhook: what its tool signs with or sends along, and what its answers are fetched with. */
function toShare(source: string, name: string): string {
  const provider = PROVIDERS.get(name)
  const members = ['secret', ...(provider?.fetcher?.needs ?? [])].map((member) => `"${member}":"..."`)
  return `Paste as plaintext what the webhook of source "${source}" (${name}) proves to know: {${members.join(',')}}; while it is rotated, {"secrets":["new","old"]}. ${provider?.setup ?? ''}`
}

/** Without a value, which no template and so no redeploy can write over what somebody pasted. */
function emptySecret(
  scope: Construct,
  id: string,
  name: string,
  [description, reason]: readonly [string, string],
): CfnSecret {
  const secret = new CfnSecret(scope, id, { name, description })
  secret.applyRemovalPolicy(RemovalPolicy.DESTROY)
  acknowledge(secret, reason, ROTATION)
  return secret
}
