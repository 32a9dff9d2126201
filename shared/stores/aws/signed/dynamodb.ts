// What the stores use of @aws-sdk/client-dynamodb, signed by hand: the bundler puts this file in its place where a
// process must start quickly. The SDK is 250 KB, and its clients take longer to load than the rest of such a function.
import { callJson, type JsonService } from './json-service.ts'
import { ServiceError } from './send.ts'

export class ConditionalCheckFailedException extends ServiceError {
  readonly Item: unknown

  constructor(name: string, message: string, status: number, item: unknown) {
    super(name, message, status)
    this.Item = item
  }
}

const DYNAMODB: JsonService = {
  service: 'dynamodb',
  target: 'DynamoDB_20120810',
  version: '1.0',
  errorOf: (name, message, status, body) =>
    name === 'ConditionalCheckFailedException'
      ? new ConditionalCheckFailedException(name, message, status, body.Item)
      : new ServiceError(name, message, status),
}

interface Command {
  operation: string
  input: unknown
}

export class DynamoDBClient {
  send({ operation, input }: Command): Promise<Record<string, unknown>> {
    return callJson(DYNAMODB, operation, input)
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

export const BatchGetItemCommand = command('BatchGetItem')
export const DeleteItemCommand = command('DeleteItem')
export const GetItemCommand = command('GetItem')
export const PutItemCommand = command('PutItem')
export const QueryCommand = command('Query')
export const UpdateItemCommand = command('UpdateItem')
