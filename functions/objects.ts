import { S3Client } from '@aws-sdk/client-s3'
import { CLIENT_OPTIONS } from '../shared/stores/aws/client-options.ts'
import { S3ObjectStore } from '../shared/stores/aws/objects.ts'

export function objectsOf(settings: { bucket: string }): S3ObjectStore {
  const client = new S3Client({
    ...CLIENT_OPTIONS,
    // TLS guards the way; a checksum over the whole body would cost a pass and forbid to go on after a break.
    responseChecksumValidation: 'WHEN_REQUIRED',
  })
  return new S3ObjectStore(client, settings.bucket)
}
