import { readFile } from 'node:fs/promises'
import { FileError } from '../../errors.ts'
import { statOf } from './folder-walk.ts'

/** What the metadata of a dropped file is called, after the file's own name. */
export const SIDECAR = '.meta.json'

/** S3 allows 2 KB; more than this is another file by mistake. */
const MAX_BYTES = 65_536

/**
 * The metadata in a sidecar, names in lower case; undefined where there is none. `shown` is its key for messages.
 * Throws FileError `metadata_invalid` when it is not a JSON object of strings.
 */
export async function readSidecar(path: string, shown: string): Promise<Record<string, string> | undefined> {
  const found = await statOf(path)
  if (!found) return undefined
  if (!found.isFile() || found.size > MAX_BYTES) throw invalid(shown, `is not a file of at most ${MAX_BYTES} bytes`)
  const value = parsed(await readFile(path), shown)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid(shown, 'is not a JSON object')
  const metadata: Record<string, string> = Object.create(null)
  for (const [name, text] of Object.entries(value)) {
    if (typeof text !== 'string')
      throw invalid(shown, `holds something other than a string under ${JSON.stringify(name)}`)
    metadata[name.toLowerCase()] = text
  }
  return { ...metadata }
}

function parsed(bytes: Uint8Array, shown: string): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    // The parser's own words quote the content, which must not reach a log.
    throw invalid(shown, 'is not JSON in UTF-8')
  }
}

function invalid(shown: string, why: string): FileError {
  return new FileError(
    'metadata_invalid',
    `${shown} ${why}; write it as {"name":"text",…} with texts only, and drop the file again.`,
  )
}
