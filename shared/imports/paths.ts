import type { DropObject } from '../ports.ts'
import { arrivalIdOf } from './identity.ts'

/** File systems take names of 255 bytes; a receipt's name has up to 54 more than the file's. */
const MOST_NAME_BYTES = 200

/** A time as it stands in the names of files: `20261124T060000.123Z`. */
export const stampOf = (ms: number) => new Date(ms).toISOString().replace(/[-:]/g, '')

/** Source and path of a dropped object's key: `inbox/nps/2026/oct.csv` → `nps`, `2026/oct.csv`. */
export function placeOf(key: string): { source: string; path: string; fileName: string } {
  const [, ...below] = key.split('/')
  const source = below.length > 1 ? (below[0] ?? '') : ''
  const path = below.slice(source === '' ? 0 : 1).join('/')
  return { source, path, fileName: path.slice(path.lastIndexOf('/') + 1) }
}

/** Where files about a dropped object begin, up to the time; those directly in the inbox belong to no source. */
export function namePrefix(folder: 'receipts' | 'rejected', key: string): string {
  const { source, path, fileName } = placeOf(key)
  const folders = path.slice(0, path.length - fileName.length)
  return `${folder}/${source || 'unknown'}/${folders}${shortened(fileName)}.`
}

/** At most 200 bytes of a name, whole characters. */
function shortened(name: string): string {
  const bytes = Buffer.from(name)
  if (bytes.length <= MOST_NAME_BYTES) return name
  let end = MOST_NAME_BYTES
  while (((bytes[end] as number) & 0xc0) === 0x80) end--
  return bytes.toString('utf8', 0, end)
}

/** When it was first seen, and four digits that other objects of that time hardly have: `20261124T060000123Z-9f3c`. */
export const timeOf = (object: DropObject, firstSeenMs: number) =>
  `${stampOf(firstSeenMs).replace('.', '')}-${arrivalIdOf(object).slice(0, 4)}`

export const receiptKey = (object: DropObject, firstSeenMs: number) =>
  `${namePrefix('receipts', object.key)}${timeOf(object, firstSeenMs)}.json`

/** Where set-aside rows go; those of the second file in an archive and of every further one bear its number. */
export const setAsideKey = (object: DropObject, firstSeenMs: number, file = 1) =>
  setAsidePrefix(object, firstSeenMs) + (file > 1 ? `${file}.csv` : 'csv')

/** What the keys of all set-aside rows of an arrival begin with. */
export const setAsidePrefix = (object: DropObject, firstSeenMs: number) =>
  `${namePrefix('rejected', object.key)}${timeOf(object, firstSeenMs)}.`

/** Where the rows of a refused part go when the dropped file is gone that they could be read from again. */
export const refusedPartKey = (object: DropObject, firstSeenMs: number, part: number) =>
  `${setAsidePrefix(object, firstSeenMs)}part-${part}.csv`
