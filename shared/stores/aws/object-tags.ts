import { GetObjectTaggingCommand, PutObjectTaggingCommand, type S3Client, type Tag } from '@aws-sdk/client-s3'
import type { DropEnd, DropObject } from '../../ports.ts'
import { onAws } from './aws-errors.ts'
import { isMissing, isNoVersion } from './object-reading.ts'

const STATE_TAG = 'cxi-relay'
/** S3 keeps no more tags on an object. */
const MAX_TAGS = 10

/**
 * Tags a dropped version with its end; its other tags stay. A version that is gone needs none, and one whose owner
 * has used up all tags keeps those: its receipt tells its end.
 */
export async function tagDrop(client: S3Client, bucket: string, drop: DropObject, state: DropEnd): Promise<void> {
  const at = { Bucket: bucket, Key: drop.key, VersionId: drop.version }
  await onAws(`Tagging ${drop.key}`, async () => {
    try {
      const { TagSet = [] } = await client.send(new GetObjectTaggingCommand(at))
      const others = TagSet.filter(({ Key }) => Key !== STATE_TAG)
      if (others.length >= MAX_TAGS) return
      const tags: Tag[] = [...others, { Key: STATE_TAG, Value: state }]
      await client.send(new PutObjectTaggingCommand({ ...at, Tagging: { TagSet: tags } }))
    } catch (error) {
      if (!isMissing(error) && !isNoVersion(error)) throw error
    }
  })
}
