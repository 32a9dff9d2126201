import { crc32, deflateRawSync } from 'node:zlib'

/** One file of a zip that a test builds; the second half says how it differs from a usual one. */
export interface ZipMember {
  name: string
  content: string | Uint8Array
  isStored?: boolean
  /** Sizes and checksum behind the data. */
  hasDescriptor?: boolean
  isZip64?: boolean
  isEncrypted?: boolean
  /** What the directory says in place of the local header. */
  listed?: { name?: string; bytes?: number }
}

/** A zip as APPNOTE describes it, written without regard to the product's reader. */
export function zipFile(members: ZipMember[]): Buffer {
  const local: Buffer[] = []
  const directory: Buffer[] = []
  let offset = 0
  for (const member of members) {
    const plain = Buffer.from(member.content as string)
    const data = member.isStored ? plain : deflateRawSync(plain)
    const sizes = { crc: crc32(plain), packed: data.length, bytes: plain.length }
    const blank = { crc: 0, packed: 0, bytes: 0 }
    const before = header(member, member.hasDescriptor ? blank : sizes, undefined)
    const pieces = [before, data, ...(member.hasDescriptor ? [descriptor(member, sizes)] : [])]
    local.push(...pieces)
    const { name = member.name, bytes = sizes.bytes } = member.listed ?? {}
    directory.push(header({ ...member, name }, { ...sizes, bytes }, offset))
    offset += pieces.reduce((sum, piece) => sum + piece.length, 0)
  }
  const size = directory.reduce((sum, piece) => sum + piece.length, 0)
  const end = Buffer.alloc(22)
  end.write('PK\x05\x06', 'latin1')
  end.writeUInt16LE(members.length, 8)
  end.writeUInt16LE(members.length, 10)
  end.writeUInt32LE(size, 12)
  end.writeUInt32LE(offset, 16)
  return Buffer.concat([...local, ...directory, end])
}

interface Sizes {
  crc: number
  packed: number
  bytes: number
}

function header(member: ZipMember, sizes: Sizes, offset: number | undefined): Buffer {
  const isCentral = offset !== undefined
  const name = Buffer.from(member.name)
  const extra = member.isZip64 ? zip64(sizes) : Buffer.alloc(0)
  const head = Buffer.alloc(isCentral ? 46 : 30)
  head.write(isCentral ? 'PK\x01\x02' : 'PK\x03\x04', 'latin1')
  const at = isCentral ? 8 : 6
  head.writeUInt16LE((member.hasDescriptor ? 8 : 0) | (member.isEncrypted ? 1 : 0), at)
  head.writeUInt16LE(member.isStored ? 0 : 8, at + 2)
  head.writeUInt32LE(sizes.crc, at + 8)
  head.writeUInt32LE(member.isZip64 ? 0xffffffff : sizes.packed, at + 12)
  head.writeUInt32LE(member.isZip64 ? 0xffffffff : sizes.bytes, at + 16)
  head.writeUInt16LE(name.length, at + 20)
  head.writeUInt16LE(extra.length, at + 22)
  if (isCentral) head.writeUInt32LE(offset, 42)
  return Buffer.concat([head, name, extra])
}

function zip64({ packed, bytes }: Sizes): Buffer {
  const extra = Buffer.alloc(20)
  extra.writeUInt16LE(1, 0)
  extra.writeUInt16LE(16, 2)
  extra.writeBigUInt64LE(BigInt(bytes), 4)
  extra.writeBigUInt64LE(BigInt(packed), 12)
  return extra
}

function descriptor({ isZip64 }: ZipMember, { crc, packed, bytes }: Sizes): Buffer {
  const out = Buffer.alloc(isZip64 ? 24 : 16)
  out.write('PK\x07\x08', 'latin1')
  out.writeUInt32LE(crc, 4)
  if (isZip64) {
    out.writeBigUInt64LE(BigInt(packed), 8)
    out.writeBigUInt64LE(BigInt(bytes), 16)
  } else {
    out.writeUInt32LE(packed, 8)
    out.writeUInt32LE(bytes, 12)
  }
  return out
}
