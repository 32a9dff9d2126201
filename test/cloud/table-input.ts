import type { CreateTableCommandInput } from '@aws-sdk/client-dynamodb'

/** A table like the stack's, for the stores' own test suites. */
export const tableInput = (TableName: string): CreateTableCommandInput => ({
  TableName,
  BillingMode: 'PAY_PER_REQUEST',
  AttributeDefinitions: [
    { AttributeName: 'group', AttributeType: 'S' },
    { AttributeName: 'id', AttributeType: 'S' },
    { AttributeName: 'dueShard', AttributeType: 'N' },
    { AttributeName: 'dueAtMs', AttributeType: 'N' },
    { AttributeName: 'waitScope', AttributeType: 'S' },
    { AttributeName: 'waitAtMs', AttributeType: 'N' },
  ],
  KeySchema: [
    { AttributeName: 'group', KeyType: 'HASH' },
    { AttributeName: 'id', KeyType: 'RANGE' },
  ],
  GlobalSecondaryIndexes: [
    {
      IndexName: 'due',
      KeySchema: [
        { AttributeName: 'dueShard', KeyType: 'HASH' },
        { AttributeName: 'dueAtMs', KeyType: 'RANGE' },
      ],
      Projection: { ProjectionType: 'KEYS_ONLY' },
    },
    {
      IndexName: 'waiting',
      KeySchema: [
        { AttributeName: 'waitScope', KeyType: 'HASH' },
        { AttributeName: 'waitAtMs', KeyType: 'RANGE' },
      ],
      Projection: {
        ProjectionType: 'INCLUDE',
        NonKeyAttributes: ['version', 'bytes', 'firstMs', 'responseId'],
      },
    },
  ],
})
