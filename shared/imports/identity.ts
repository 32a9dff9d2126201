import { createHash, randomBytes } from 'node:crypto'
import type { Account } from '../config/types.ts'
import type { DropObject } from '../ports.ts'

const hex = (...fields: string[]) => createHash('sha256').update(fields.join('\0')).digest('hex')

/** Id of an object that arrived: the same key and version give the same id. */
export const arrivalIdOf = (object: DropObject) => hex('arrival', object.key, object.version)

/** A drop is its content: for this account and source, whatever the file is called. Lower-case hex. */
export const dropIdOf = (account: Account, source: string, sha256: string) =>
  hex('drop', account.identity, source, sha256)

/** What a response's own id is known by: longer ones by their hash. */
export const responseIdOf = (id: string) => (id.length <= 200 ? id : hex(id))

/** Names one cut of a drop; new each time. */
export const newCutId = () => randomBytes(12).toString('hex')

/** The twelve characters that an upload is found again by. */
export const partTagOf = (cutId: string, part: number) => hex('part', cutId, String(part)).slice(0, 12)

/** File name of an upload: plain ASCII, the tag first, at most 80 characters of the import's name. */
export function uploadNameOf(tag: string, name: string): string {
  const plain = name
    .normalize('NFKD')
    .replace(/\.csv$/i, '')
    .replace(/[^A-Za-z0-9._ -]+/g, '_')
    .slice(0, 80)
    .trim()
  return `${tag}.${plain === '' ? 'import' : plain}.csv`
}

/** What an import is called in CXI: parts of a larger file say which they are. */
export const importNameOf = (name: string, part: number, of: number) => (of === 1 ? name : `${name} (${part} of ${of})`)
