import { unsafe } from './archive-limits.ts'
import type { ZipEntry } from './zip-entry.ts'
import { isSystemFile } from './zip-name.ts'

const ENCRYPTED = 0x2041
/** Longer than any path that Windows unpacks by default, and short enough for a receipt. */
const MAX_NAME_LENGTH = 512
const UNPACK = 'Unpack it and drop the CSV inside.'
const DISTRUST = 'Do not trust it; ask for it where it came from.'

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must be found.
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/

/** Throws FileDefect `archive_unsafe` for what is no CSV in a zip, nor anything that may be passed over. */
export function refuseEntry({ name, flags, method }: ZipEntry): void {
  const parts = name.split('/')
  if (/^[/\\]|^[A-Za-z]:|\\/.test(name) || parts.includes('..')) {
    throw unsafe('The zip holds a file whose path leads out of it.', DISTRUST)
  }
  if (CONTROL.test(name)) throw unsafe('The zip holds a file whose name has control characters.', DISTRUST)
  if (name.length > MAX_NAME_LENGTH) {
    throw unsafe(`The zip holds a file whose name has more than ${MAX_NAME_LENGTH} characters.`, UNPACK)
  }
  if (flags & ENCRYPTED) throw unsafe('The zip is encrypted.', 'Unpack it with its password and drop the CSV inside.')
  if (method !== 0 && method !== 8) throw unsafe(`The zip is packed by method ${method}, which is not known.`, UNPACK)
  if (isSystemFile(name)) return
  if (/\.(?:zip|gz|tgz|bz2|xz|7z|rar|tar)$/i.test(name)) {
    throw unsafe(`The zip holds another archive, "${name}".`, UNPACK)
  }
  if (/\.(?:csv|tsv|txt)$/i.test(name)) return
  throw unsafe(
    `The zip holds "${name}", which is no .csv, .tsv or .txt.`,
    'Take it out of the zip and drop that again.',
  )
}
