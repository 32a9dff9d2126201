import { randomUUID } from 'node:crypto'
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  HeadObjectCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import type { Body } from '../../ports.ts'
import { nameOf, onAws, statusOf } from './aws-errors.ts'

/** A stored part of up to 10 MB goes in one request, a stream in pieces of this size (S3 takes none below 5 MiB). */
const PIECE_BYTES = 8 * 1024 * 1024
const MAX_CONFLICTS = 5
/** Metadata by which a writer knows its own object again. */
const MARK = 'relay-write'

interface Target {
  client: S3Client
  bucket: string
  key: string
  /** Only where the key is free. */
  createOnly: boolean
}

/** Stores a body, whole or not at all; answers false where `createOnly` found the key taken. */
export async function writeObject(target: Target, body: Body): Promise<boolean> {
  if (body instanceof Uint8Array) return writeWhole(target, body)
  const pieces = piecesOf(body)
  const first = await pieces.next()
  if (first.done) return writeWhole(target, new Uint8Array())
  const second = await pieces.next()
  if (second.done) return writeWhole(target, first.value)
  return writeInPieces(target, [first.value, second.value], pieces)
}

async function writeWhole(target: Target, bytes: Uint8Array): Promise<boolean> {
  const { client, bucket, key, createOnly } = target
  const mark = randomUUID()
  return writing(target, mark, () =>
    client.send(
      new PutObjectCommand({
        Bucket: bucket,
        Key: key,
        Body: bytes,
        ContentType: contentTypeOf(key),
        ...(createOnly ? { IfNoneMatch: '*', Metadata: { [MARK]: mark } } : {}),
      }),
    ),
  )
}

async function writeInPieces(target: Target, begun: Uint8Array[], rest: AsyncGenerator<Uint8Array>): Promise<boolean> {
  const { client, bucket, key, createOnly } = target
  const what = `Storing ${key}`
  const at = { Bucket: bucket, Key: key }
  const mark = randomUUID()
  const metadata = createOnly ? { Metadata: { [MARK]: mark } } : {}
  const { UploadId } = await onAws(what, () =>
    client.send(new CreateMultipartUploadCommand({ ...at, ContentType: contentTypeOf(key), ...metadata })),
  )
  try {
    const Parts: { ETag: string | undefined; PartNumber: number }[] = []
    const send = async (Body: Uint8Array) => {
      const PartNumber = Parts.length + 1
      const input = { ...at, UploadId, PartNumber, Body }
      const { ETag } = await onAws(what, () => client.send(new UploadPartCommand(input)))
      Parts.push({ ETag, PartNumber })
    }
    for (const piece of begun) await send(piece)
    for await (const piece of rest) await send(piece)
    const condition = createOnly ? { IfNoneMatch: '*' } : {}
    const complete = { ...at, UploadId, MultipartUpload: { Parts }, ...condition }
    const isMine = await writing(target, mark, () => client.send(new CompleteMultipartUploadCommand(complete)))
    if (!isMine) await abort()
    return isMine
  } catch (error) {
    await abort()
    throw error
  }

  /** What is left over otherwise goes by the bucket's lifecycle. */
  async function abort(): Promise<void> {
    await client.send(new AbortMultipartUploadCommand({ ...at, UploadId })).catch(() => undefined)
  }
}

/**
 * The last request of a write. S3 answers 412 where the key is taken, which may be by this very write when an answer
 * was lost and the SDK sent it again; and 409 while another write of the key is under way.
 */
async function writing(target: Target, mark: string, send: () => Promise<unknown>): Promise<boolean> {
  const { client, bucket, key, createOnly } = target
  return onAws(`Storing ${key}`, async () => {
    for (let conflicts = 0; ; conflicts++) {
      try {
        await send()
        return true
      } catch (error) {
        if (!createOnly) throw error
        if (statusOf(error) === 409 && conflicts < MAX_CONFLICTS) continue
        if (nameOf(error) !== 'PreconditionFailed' && statusOf(error) !== 412) throw error
        const { Metadata } = await client.send(new HeadObjectCommand({ Bucket: bucket, Key: key }))
        return Metadata?.[MARK] === mark
      }
    }
  })
}

async function* piecesOf(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of body) {
    chunks.push(chunk)
    bytes += chunk.length
    if (bytes < PIECE_BYTES) continue
    yield Buffer.concat(chunks)
    chunks = []
    bytes = 0
  }
  if (bytes > 0) yield Buffer.concat(chunks)
}

function contentTypeOf(key: string): string {
  if (key.endsWith('.json')) return 'application/json'
  return key.endsWith('.csv') ? 'text/csv' : 'application/octet-stream'
}
