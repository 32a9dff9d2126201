import { DeleteObjectCommand, HeadObjectCommand, ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3'
import type { Body, DropEnd, DropHead, DropObject, ObjectStore } from '../../ports.ts'
import { onAws } from './aws-errors.ts'
import { withoutEncodedWords } from './encoded-words.ts'
import { fittingKey } from './fitting-key.ts'
import { isMissing, isNoVersion, readObject } from './object-reading.ts'
import { tagDrop } from './object-tags.ts'
import { writeObject } from './object-writing.ts'

/** Objects in one S3 bucket with versioning; a dropped object is a key with the id of one version. */
export class S3ObjectStore implements ObjectStore {
  readonly #client: S3Client
  readonly #bucket: string

  constructor(client: S3Client, bucket: string) {
    this.#client = client
    this.#bucket = bucket
  }

  read(key: string): AsyncIterable<Uint8Array> {
    return readObject(this.#client, { bucket: this.#bucket, key: fittingKey(key) })
  }

  create(key: string, body: Body): Promise<boolean> {
    const target = { client: this.#client, bucket: this.#bucket, key: fittingKey(key), createOnly: true }
    return writeObject(target, body)
  }

  async put(key: string, body: Body): Promise<void> {
    const target = { client: this.#client, bucket: this.#bucket, key: fittingKey(key), createOnly: false }
    await writeObject(target, body)
  }

  async delete(key: string): Promise<void> {
    const input = { Bucket: this.#bucket, Key: fittingKey(key) }
    await onAws(`Deleting ${key}`, () => this.#client.send(new DeleteObjectCommand(input)))
  }

  /** Keys come in the order of their UTF-8 bytes, which is code point order. */
  async *list(prefix: string): AsyncIterable<{ key: string; bytes: number; modifiedMs: number }> {
    // What is stored under a key that long has a shorter one there.
    if (fittingKey(prefix) !== prefix) return
    let from: string | undefined
    do {
      const input = { Bucket: this.#bucket, Prefix: prefix, ContinuationToken: from }
      const page = await onAws(`Listing ${prefix}`, () => this.#client.send(new ListObjectsV2Command(input)))
      for (const { Key, Size, LastModified } of page.Contents ?? []) {
        if (Key !== undefined) yield { key: Key, bytes: Size ?? 0, modifiedMs: LastModified?.getTime() ?? 0 }
      }
      from = page.NextContinuationToken
    } while (from)
  }

  readDrop({ key, version }: DropObject): AsyncIterable<Uint8Array> {
    return readObject(this.#client, { bucket: this.#bucket, key, version })
  }

  async headDrop({ key, version }: DropObject): Promise<DropHead | undefined> {
    const found = await this.#head(key, version)
    return found && { bytes: found.ContentLength ?? 0, metadata: asWritten(found.Metadata ?? {}) }
  }

  markDrop(drop: DropObject, state: DropEnd): Promise<void> {
    return tagDrop(this.#client, this.#bucket, drop, state)
  }

  /** The newest version of a dropped object, for an event that names none; undefined where there is none. */
  async newestVersion(key: string): Promise<string | undefined> {
    const found = await this.#head(key, undefined)
    return found && (found.VersionId ?? 'null')
  }

  #head(Key: string, VersionId: string | undefined) {
    return onAws(`Looking at ${Key}`, async () => {
      try {
        return await this.#client.send(new HeadObjectCommand({ Bucket: this.#bucket, Key, VersionId }))
      } catch (error) {
        if (isMissing(error) || (VersionId !== undefined && isNoVersion(error))) return undefined
        throw error
      }
    })
  }
}

const asWritten = (metadata: Record<string, string>) =>
  Object.fromEntries(Object.entries(metadata).map(([name, value]) => [name, withoutEncodedWords(value)]))
