import type { SQSEvent, SQSRecord } from 'aws-lambda'

let lastId = 0

/** A delivery by SQS as a function gets it. */
export function delivery(bodies: string[], deliveries = 1): SQSEvent {
  return { Records: bodies.map((body) => message(body, deliveries)) }
}

function message(body: string, deliveries: number): SQSRecord {
  const messageId = `message-${++lastId}`
  return {
    messageId,
    receiptHandle: `handle of ${messageId}`,
    body,
    attributes: {
      ApproximateReceiveCount: String(deliveries),
      SentTimestamp: '1790000000000',
      SenderId: 'AIDAEXAMPLE',
      ApproximateFirstReceiveTimestamp: '1790000000000',
    },
    messageAttributes: {},
    md5OfBody: '',
    eventSource: 'aws:sqs',
    eventSourceARN: 'arn:aws:sqs:eu-central-1:111122223333:relay-Arrivals',
    awsRegion: 'eu-central-1',
  }
}

/** What S3 says of one object, in the shape of its documentation (event version 2.1). `key` is encoded as there. */
export function s3Record(key: string, versionId?: string, eventName = 'ObjectCreated:Put', size = 1024) {
  return {
    eventVersion: '2.1',
    eventSource: 'aws:s3',
    awsRegion: 'eu-central-1',
    eventTime: '2026-11-24T06:00:00.000Z',
    eventName,
    userIdentity: { principalId: 'AWS:AIDAEXAMPLE' },
    requestParameters: { sourceIPAddress: '192.0.2.1' },
    responseElements: {
      'x-amz-request-id': 'C3D13FE58DE4C810',
      'x-amz-id-2': 'FMyUVURIY8/IgAtTv8xRjskZQpcIZ9KG4V5Wp6S7S',
    },
    s3: {
      s3SchemaVersion: '1.0',
      configurationId: 'inbox',
      bucket: { name: 'relay', ownerIdentity: { principalId: 'A3NL1KOZZKExample' }, arn: 'arn:aws:s3:::relay' },
      object: {
        key,
        size,
        eTag: 'd41d8cd98f00b204e9800998ecf8427e',
        ...(versionId === undefined ? {} : { versionId }),
        sequencer: '0055AED6DCD90281E5',
      },
    },
  }
}

export const s3Event = (...records: ReturnType<typeof s3Record>[]) => JSON.stringify({ Records: records })

/** What S3 sends when a notification is set up. */
export const TEST_EVENT = JSON.stringify({
  Service: 'Amazon S3',
  Event: 's3:TestEvent',
  Time: '2026-11-24T06:00:00.000Z',
  Bucket: 'relay',
  RequestId: '5582815E1AEA5ADF',
  HostId: '8cLeGAmw098X5cv4Zkwcmo8vvZa3eH3eKxsPzbB9wrR',
})
