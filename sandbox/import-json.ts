import type { AccountContext } from './context.ts'
import type { ImportRow } from './import-row.ts'
import { ResponseReader, type Shown } from './response-json.ts'

const CHUNK_LENGTH = 65_536

/** An import as lists show it: its responses are counted when it has been analysed. */
export const listedImport = (row: ImportRow) => ({
  id: row.id,
  name: row.name,
  source: row.source,
  metric_type: row.metricType,
  language: row.language,
  secondary_product_category_id: row.categoryId,
  response_count: row.isAnalysed ? row.responses : 0,
  created_at: Math.floor(row.createdMs / 1000),
})

/** The whole import with its responses, as JSON text in pieces. */
export function* importChunks(
  context: Pick<AccountContext, 'db' | 'account'>,
  row: ImportRow,
  shown: Shown = {},
): Generator<string> {
  const head = JSON.stringify({ ...listedImport(row), sample_analyzed: row.isAnalysed })
  let text = `${head.slice(0, -1)},"responses":[`
  let separator = ''
  for (const response of new ResponseReader(context, shown).of(row)) {
    text += separator + JSON.stringify(response)
    separator = ','
    if (text.length < CHUNK_LENGTH) continue
    yield text
    text = ''
  }
  yield `${text}]}`
}
