import { SecretsManagerClient, type SecretsManagerClientConfig } from '@aws-sdk/client-secrets-manager'
import type { Clock, SecretStore } from '../shared/ports.ts'
import { CLIENT_OPTIONS } from '../shared/stores/aws/client-options.ts'
import { SecretsManagerStore } from '../shared/stores/aws/secrets.ts'

export { homeKeyOf, privacyKeyOf } from '../shared/stores/aws/privacy-key.ts'

export const secretsOf = (clock: Clock, options: SecretsManagerClientConfig = CLIENT_OPTIONS): SecretStore =>
  new SecretsManagerStore(new SecretsManagerClient(options), clock)
