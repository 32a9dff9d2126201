import { crc32, createInflateRaw } from 'node:zlib'
import { checkExpansion, MAX_ENTRIES, unsafe } from './archive-limits.ts'
import type { ByteReader } from './byte-reader.ts'
import { inflated } from './inflated.ts'
import {
  CENTRAL_ENTRY,
  centralEntry,
  exactly,
  hasDescriptor,
  LOCAL_ENTRY,
  localEntry,
  type ZipEntry,
} from './zip-entry.ts'
import { isSystemFile } from './zip-name.ts'
import { refuseEntry } from './zip-refusals.ts'

const END_SIGNATURES = [0x06054b50, 0x06064b50]
const DESCRIPTOR = 0x08074b50
const AGAIN = 'Export or copy it again and drop that.'
const UNPACK = 'Unpack it and drop the CSV inside.'

/** A CSV in a zip. */
export interface ZippedFile {
  name: string
  bytes: AsyncGenerator<Buffer>
}

/**
 * The CSVs in a zip, read from beginning to end, each to be read before the next is asked for: local headers, data and
 * checksums must say the same as the directory at the zip's end. Throws FileDefect `archive_unsafe`; the last of it may
 * come after all files.
 */
export async function* zippedFiles(
  reader: ByteReader,
  noteIgnored: (name: string) => void,
  harmlessBytes: number,
): AsyncGenerator<ZippedFile> {
  const entries: ZipEntry[] = []
  const names = new Set<string>()
  const meter = { unpacked: 0, harmlessBytes }
  while ((await signature(reader)) === LOCAL_ENTRY) {
    const entry = await localEntry(reader)
    const { name } = entry
    entries.push(entry)
    if (entries.length > MAX_ENTRIES) throw unsafe(`The zip holds more than ${MAX_ENTRIES} files.`, UNPACK)
    refuseEntry(entry)
    const bytes = entryData(reader, entry, meter)
    try {
      if (isSystemFile(name)) {
        if (!name.endsWith('/')) noteIgnored(name)
      } else {
        if (names.has(name)) throw unsafe(`The zip holds two files of the name "${name}".`, UNPACK)
        names.add(name)
        yield { name, bytes }
      }
      // Of a CSV, nothing is left here.
      for await (const _ of bytes);
    } finally {
      await bytes.return(undefined)
    }
  }
  await checkDirectory(reader, entries)
  if (names.size === 0) throw unsafe('The zip holds no CSV.', 'Put the CSV into it, or drop the CSV itself.')
}

async function signature(reader: ByteReader): Promise<number> {
  const bytes = await reader.peek(4)
  return bytes.length === 4 ? bytes.readUInt32LE(0) : 0
}

/** `meter` counts over all files: many that are harmless each may be a bomb together. */
async function* entryData(
  reader: ByteReader,
  entry: ZipEntry,
  meter: { unpacked: number; harmlessBytes: number },
): AsyncGenerator<Buffer> {
  if (entry.method === 0 && hasDescriptor(entry)) throw unsafe('The zip does not say where a file in it ends.', UNPACK)
  const start = reader.position
  let crc = 0
  let length = 0
  const { harmlessBytes } = meter
  const deflated = () => inflated(reader, createInflateRaw(), harmlessBytes)
  for await (const bytes of entry.method === 0 ? stored(reader, entry.bytes) : deflated()) {
    crc = crc32(bytes, crc)
    length += bytes.length
    meter.unpacked += bytes.length
    checkExpansion(reader.position, meter.unpacked, harmlessBytes)
    yield bytes
  }
  const found = { crc, packedBytes: reader.position - start, bytes: length }
  if (hasDescriptor(entry)) Object.assign(entry, await descriptor(reader, entry.isZip64))
  if (!isSame(entry, found)) throw unsafe('The zip is damaged: a file in it does not fit its checksum.', AGAIN)
}

async function* stored(reader: ByteReader, length: number): AsyncGenerator<Buffer> {
  for (let left = length; left > 0; ) {
    const bytes = await reader.read()
    if (!bytes) throw unsafe('The zip was cut off.', AGAIN)
    const taken = bytes.subarray(0, left)
    if (bytes.length > left) reader.unread(bytes.subarray(left))
    left -= taken.length
    yield taken
  }
}

type Sizes = Pick<ZipEntry, 'crc' | 'packedBytes' | 'bytes'>

/** Checksum and sizes behind the data; its signature may be left out. */
async function descriptor(reader: ByteReader, isZip64: boolean): Promise<Sizes> {
  if ((await signature(reader)) === DESCRIPTOR) await exactly(reader, 4)
  const bytes = await exactly(reader, isZip64 ? 20 : 12)
  const size = (at: number) => (isZip64 ? Number(bytes.readBigUInt64LE(4 + 8 * at)) : bytes.readUInt32LE(4 + 4 * at))
  return { crc: bytes.readUInt32LE(0), packedBytes: size(0), bytes: size(1) }
}

function isSame(a: Sizes, b: Sizes): boolean {
  return a.crc === b.crc && a.packedBytes === b.packedBytes && a.bytes === b.bytes
}

/** Another program reads a zip by its directory: where that says something else, people would see another content. */
async function checkDirectory(reader: ByteReader, entries: ZipEntry[]): Promise<void> {
  for (const entry of entries) {
    const listed = (await signature(reader)) === CENTRAL_ENTRY ? await centralEntry(reader) : undefined
    if (!listed || listed.name !== entry.name || listed.offset !== entry.offset || !isSame(listed, entry)) {
      throw unsafe('The zip is damaged or cut off: its directory does not fit the files in it.', AGAIN)
    }
  }
  if (!END_SIGNATURES.includes(await signature(reader))) {
    throw unsafe('The zip is damaged or cut off: its directory does not fit the files in it.', AGAIN)
  }
}
