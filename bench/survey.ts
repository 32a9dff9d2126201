const CHUNK_BYTES = 64 * 1024
const HEADER =
  'ResponseId,Submitted,score,feedback,email,Country,Plan,Device,Question 1,Question 2,Question 3,Duration\n'

/** One block of survey rows, 12 columns, about a fifth of the cells quoted; `date` makes what stands in Submitted. */
function block(date: (row: number) => string): Buffer {
  let text = ''
  for (let row = 0; row < 5000; row++) {
    text += `R_${100000 + row},${date(row)},${row % 11},"Good, but the ""new"" page is slow ${row}",p${row}@example.com,DE,pro,phone,"yes, often",no,"a longer answer, with a comma in it",${row % 600}\n`
  }
  return Buffer.from(text)
}

/** A survey CSV of about `bytes` bytes in chunks of 64 KiB, made while it is read. */
export async function* survey(bytes: number, dates: 'unix' | 'text'): AsyncGenerator<Buffer> {
  const stamp = (row: number) => new Date(1_790_812_800_000 + row * 1000).toISOString().slice(0, 19).replace('T', ' ')
  const rows = block(dates === 'unix' ? (row) => String(1_790_812_800 + row) : stamp)
  yield Buffer.from(HEADER)
  for (let made = 0; made < bytes; made += rows.length) {
    for (let at = 0; at < rows.length; at += CHUNK_BYTES) yield rows.subarray(at, at + CHUNK_BYTES)
  }
}
