import { HARMLESS_BYTES } from './archive-limits.ts'
import { CutError, FileDefect, inArchive } from './cut-error.ts'
import { cutFile } from './cut-file.ts'
import { Pass } from './pass.ts'
import { RawSource } from './raw-source.ts'
import type { CutInput, CutResult, CutSinks } from './types.ts'
import { unpackedFiles } from './unpacked.ts'

/**
 * Reads a file once and cuts it, or every file in it, into parts for CXI; memory stays flat for files of any size.
 * Throws CutError for a file that can't be imported, RelayError for options that can't be followed, and what source,
 * sinks and signal throw.
 */
export async function cut(input: CutInput, sinks: CutSinks): Promise<CutResult> {
  const raw = new RawSource(input.source, input.signal)
  const pass = new Pass(raw, input, sinks)
  const noteIgnored = (name: string) => void pass.ignored.push(name)
  try {
    for await (const file of unpackedFiles(raw, noteIgnored, input.harmlessBytes ?? HARMLESS_BYTES)) {
      try {
        await cutFile(pass, file)
      } catch (error) {
        throw file.name !== null && error instanceof FileDefect ? inArchive(file.name, error) : error
      }
    }
    if (pass.rowsRead === 0) throw noRows(pass)
    await pass.writer.end()
    return pass.result()
  } catch (error) {
    await pass.writer.settle()
    throw error instanceof FileDefect ? new CutError(error, pass.findings()) : error
  } finally {
    await raw.close()
  }
}

/** In an archive, a file without rows is a survey that nobody has answered yet, as long as there are other rows. */
function noRows({ fileCount }: Pass): FileDefect {
  const what =
    fileCount > 1
      ? `The ${fileCount} files of the archive have headers, but no rows`
      : 'The file has a header, but no row'
  return new FileDefect('no_rows', `${what} below ${fileCount > 1 ? 'them' : 'it'}. Export it again.`)
}
