import { open } from 'node:fs/promises'
import { isSystemsOwn } from '../shared/feedback/zip-name.ts'

/** How copying programs, browsers and WinSCP call what they have not finished; of folders too. */
const STILL_ARRIVING = ['.part', '.filepart', '.tmp', '.crdownload', '.download']

/** Whether a file or folder is left alone by its name: it is still arriving, or a system's own. */
export function isLeftAlone(name: string): boolean {
  const lower = name.toLowerCase()
  if (/^[.~]/.test(name) || isSystemsOwn(name)) return true
  return STILL_ARRIVING.some((ending) => lower.endsWith(ending))
}

/** First bytes of ZIP, gzip, the old Office formats and PDF, which may well end in NUL bytes. */
const BINARY = ['504b', '1f8b', 'd0cf11e0', '25504446']

/**
 * Whether a file ends in NUL bytes: a network share reserves a file's whole size first and fills it afterwards. One NUL
 * at an even size is UTF-16's. Throws what opening and reading throw.
 */
export async function endsInNul(path: string | Buffer, size: number): Promise<boolean> {
  const tail = Buffer.alloc(2)
  const head = Buffer.alloc(4)
  const file = await open(path, 'r')
  try {
    await file.read(tail, 0, 2, Math.max(0, size - 2))
    if (size < 2 || tail[1] !== 0 || (tail[0] !== 0 && size % 2 === 0)) return false
    await file.read(head, 0, 4, 0)
  } finally {
    await file.close()
  }
  return !BINARY.some((magic) => head.toString('hex').startsWith(magic))
}
