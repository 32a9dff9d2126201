import { createGunzip } from 'node:zlib'
import { ByteReader } from './byte-reader.ts'
import type { ByteSource } from './byte-source.ts'
import { inflated } from './inflated.ts'
import { zippedFiles } from './zip.ts'

/** The longest header of a file, but for what follows its name. */
const ZIP_HEAD_BYTES = 30 + 0xffff

/** One file to be cut: the dropped one, or what came out of it. */
export interface UnpackedFile {
  /** From 1. */
  number: number
  /** Its name in a zip, with its folders; null where it is the only one there can be. */
  name: string | null
  isPacked: boolean
  bytes: ByteSource
}

/**
 * The file itself, the one in a .gz, or one after the other those in a .zip; told by content, not by name. Each is to be
 * read to its end before the next is asked for; `raw` has been read to its end when there is no next.
 */
export async function* unpackedFiles(
  raw: ByteSource,
  noteIgnored: (name: string) => void,
  harmlessBytes: number,
): AsyncGenerator<UnpackedFile> {
  const reader = new ByteReader(raw)
  const head = await reader.peek(4)
  const start = head.toString('latin1')
  if (start.startsWith('\x1f\x8b')) {
    const bytes = inflated(reader, createGunzip(), harmlessBytes)
    yield* lettingGo(bytes, { number: 1, name: null, isPacked: true, bytes: sourceOf(bytes) })
  } else if (start === 'PK\x03\x04' && isArchive(await reader.peek(ZIP_HEAD_BYTES))) {
    let number = 0
    for await (const { name, bytes } of zippedFiles(reader, noteIgnored, harmlessBytes)) {
      number += 1
      yield { number, name, isPacked: true, bytes: sourceOf(bytes) }
    }
  } else {
    yield { number: 1, name: null, isPacked: false, bytes: reader }
  }
  // What follows belongs to the dropped file's hash.
  while (await reader.read());
}

/** Whether a zip is an .xlsx, by its first file; one that lies further back in an archive does not make it a workbook. */
export function isExcel(head: Buffer): boolean {
  return /^(?:\[Content_Types\]\.xml$|(?:_rels|docProps|docMetadata|customXml|xl)\/)/.test(firstName(head).toString())
}

/** Whether a zip begins with the header of a file that has a name; other bytes only look like a zip. */
function isArchive(head: Buffer): boolean {
  const name = firstName(head)
  return name.length > 0 && name.every((byte) => byte >= 0x20) && !isExcel(head)
}

/** Empty where `head` does not hold one. */
function firstName(head: Buffer): Buffer {
  const length = head.length >= 30 ? head.readUInt16LE(26) : 0
  return head.length < 30 + length ? Buffer.alloc(0) : head.subarray(30, 30 + length)
}

async function* lettingGo(bytes: AsyncGenerator<Buffer>, file: UnpackedFile): AsyncGenerator<UnpackedFile> {
  try {
    yield file
  } finally {
    await bytes.return(undefined)
  }
}

function sourceOf(bytes: AsyncGenerator<Buffer>): ByteSource {
  return {
    async read() {
      const { done, value } = await bytes.next()
      return done ? undefined : value
    },
  }
}
