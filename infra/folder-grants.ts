import { Stack } from 'aws-cdk-lib'
import { PolicyStatement } from 'aws-cdk-lib/aws-iam'
import type { CfnBucket } from 'aws-cdk-lib/aws-s3'
import { acknowledge } from './acknowledge.ts'
import type { RelayFunction } from './relay-function.ts'
import type { RelayStore } from './relay-store.ts'

/** Folders of the bucket, by what a function does there. */
export interface FolderAccess {
  reads?: string[]
  writes?: string[]
  deletes?: string[]
}

/** Does in each folder what is asked for. */
export function folders({ files: { bucket } }: RelayStore, { reads = [], writes = [], deletes = [] }: FolderAccess) {
  const on = (actions: string[], named: string[]) =>
    named.length === 0
      ? []
      : [new PolicyStatement({ actions, resources: named.map((folder) => bucket.arnForObjects(`${folder}/*`)) })]
  return [
    // Without these, S3 answers 403 for what is not there, as if the role were wrong.
    new PolicyStatement({ actions: ['s3:ListBucket', 's3:ListBucketVersions'], resources: [bucket.bucketArn] }),
    ...on(['s3:GetObject'], reads),
    ...on(['s3:PutObject', 's3:AbortMultipartUpload'], writes),
    ...on(['s3:DeleteObject'], deletes),
  ]
}

/** Reads dropped files and tags them. */
export const droppedFiles = ({ files: { bucket } }: RelayStore) =>
  new PolicyStatement({
    actions: ['s3:GetObject', 's3:GetObjectVersion', 's3:GetObjectVersionTagging', 's3:PutObjectVersionTagging'],
    resources: [bucket.arnForObjects('inbox/*')],
  })

/** Accepts that a function's grants end in a star, on these folders. */
export function acknowledgeFolders(
  { lambda }: RelayFunction,
  { files: { bucket } }: RelayStore,
  named: string[],
): void {
  const name = Stack.of(bucket).getLogicalId(bucket.node.defaultChild as CfnBucket)
  const reason = 'Files are named by whoever drops them; each action is granted on those folders only that need it.'
  for (const folder of named) {
    acknowledge(lambda.role ?? lambda, reason, `AwsSolutions-IAM5[Resource::<${name}.Arn>/${folder}/*]`)
  }
}
