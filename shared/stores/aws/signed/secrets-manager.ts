// What the stores use of @aws-sdk/client-secrets-manager, signed by hand; see dynamodb.ts.
import { callJson, type JsonService } from './json-service.ts'

const SECRETS_MANAGER: JsonService = { service: 'secretsmanager', target: 'secretsmanager', version: '1.1' }

interface Command {
  operation: string
  input: unknown
}

export class SecretsManagerClient {
  send({ operation, input }: Command): Promise<Record<string, unknown>> {
    return callJson(SECRETS_MANAGER, operation, input)
  }
}

const command = (operation: string) =>
  class implements Command {
    readonly operation = operation
    readonly input: unknown

    constructor(input: unknown) {
      this.input = input
    }
  }

export const CreateSecretCommand = command('CreateSecret')
export const GetSecretValueCommand = command('GetSecretValue')
export const PutSecretValueCommand = command('PutSecretValue')
