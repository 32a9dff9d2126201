import { unsafe } from './archive-limits.ts'
import type { ByteReader } from './byte-reader.ts'
import { zipName } from './zip-name.ts'

export const LOCAL_ENTRY = 0x04034b50
export const CENTRAL_ENTRY = 0x02014b50

const ZIP64_EXTRA = 1
const IN_ZIP64 = 0xffffffff
const CUT_OFF = 'Export or copy it again and drop that.'

/** What a zip says of one file, before its data or in the directory at its end (PKWARE APPNOTE 4.3.7 and 4.3.12). */
export interface ZipEntry {
  name: string
  /** Where its local header begins. */
  offset: number
  flags: number
  /** 0 stored, 8 deflated. */
  method: number
  crc: number
  packedBytes: number
  bytes: number
  isZip64: boolean
}

/** Whether sizes and checksum follow the data instead of standing before it. */
export const hasDescriptor = (entry: ZipEntry) => (entry.flags & 8) !== 0

/** Reads the header that stands before a file's data. Throws FileDefect `archive_unsafe`. */
export async function localEntry(reader: ByteReader): Promise<ZipEntry> {
  const offset = reader.position
  const head = await exactly(reader, 30)
  return entryOf(reader, head.subarray(6), [head.readUInt16LE(26), head.readUInt16LE(28), 0], offset)
}

/** Reads one entry of the directory. Throws FileDefect `archive_unsafe`. */
export async function centralEntry(reader: ByteReader): Promise<ZipEntry> {
  const head = await exactly(reader, 46)
  const lengths: Lengths = [head.readUInt16LE(28), head.readUInt16LE(30), head.readUInt16LE(32)]
  return entryOf(reader, head.subarray(8), lengths, head.readUInt32LE(42))
}

type Lengths = [name: number, extra: number, comment: number]

async function entryOf(reader: ByteReader, fixed: Buffer, lengths: Lengths, offset: number): Promise<ZipEntry> {
  const name = await exactly(reader, lengths[0])
  const extra = await exactly(reader, lengths[1])
  await exactly(reader, lengths[2])
  const entry: ZipEntry = {
    name: zipName(name),
    offset,
    flags: fixed.readUInt16LE(0),
    method: fixed.readUInt16LE(2),
    crc: fixed.readUInt32LE(8),
    packedBytes: fixed.readUInt32LE(12),
    bytes: fixed.readUInt32LE(16),
    isZip64: false,
  }
  const wide = zip64Numbers(extra)
  entry.isZip64 = wide !== undefined
  for (const key of ['bytes', 'packedBytes', 'offset'] as const) {
    if (entry[key] === IN_ZIP64) entry[key] = wide?.shift() ?? IN_ZIP64
  }
  return entry
}

function zip64Numbers(extra: Buffer): number[] | undefined {
  for (let at = 0; at + 4 <= extra.length; ) {
    const length = extra.readUInt16LE(at + 2)
    const field = extra.subarray(at + 4, at + 4 + length)
    if (extra.readUInt16LE(at) === ZIP64_EXTRA) {
      const numbers: number[] = []
      for (let i = 0; i + 8 <= field.length; i += 8) numbers.push(Number(field.readBigUInt64LE(i)))
      return numbers
    }
    at += 4 + length
  }
  return undefined
}

/** Takes `count` bytes. Throws FileDefect `archive_unsafe` where the file ends before. */
export async function exactly(reader: ByteReader, count: number): Promise<Buffer> {
  const bytes = await reader.take(count)
  if (bytes.length === count) return bytes
  throw unsafe('The zip was cut off.', CUT_OFF)
}
