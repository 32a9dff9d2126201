import type { AccountContext } from './context.ts'
import { importRow } from './import-row.ts'
import { type Property, ResponseReader } from './response-json.ts'

const CHUNK_LENGTH = 65_536

const FIXED = [
  'id',
  'import_id',
  'feedback_date',
  'score',
  'feedback',
  'user_id',
  'metric_type',
  'sentiment',
  'tags',
  'project_ids',
] as const

/** An export's CSV as text, in pieces: one line for each response, or for each user. */
export function* exportChunks(context: AccountContext, type: string): Generator<string> {
  let text = ''
  for (const cells of type === 'users' ? users(context) : responses(context)) {
    text += `${cells.map(cellOf).join(',')}\n`
    if (text.length < CHUNK_LENGTH) continue
    yield text
    text = ''
  }
  yield text
}

function* responses(context: AccountContext): Generator<unknown[]> {
  const imports = context.db
    .all('SELECT * FROM imports WHERE account = ? ORDER BY id', context.account.id)
    .map(importRow)
  const keys = [...new Set([...imports.flatMap(({ columns }) => columns), ...changedKeys(context)])].toSorted()
  yield [...FIXED, ...keys]
  const reader = new ResponseReader(context)
  for (const row of imports) {
    for (const response of reader.of(row)) {
      const values = new Map(response.custom_properties.map(({ key, value }) => [key, value]))
      yield [
        response.id,
        row.id,
        response.feedback_date,
        response.score,
        response.feedback,
        response.user_id,
        response.metric_type,
        response.sentiment,
        response.tags.map(({ name }) => name).join(';'),
        response.project_ids.join(';'),
        ...keys.map((key) => values.get(key)),
      ]
    }
  }
}

/** Keys of properties that no file brought. */
function changedKeys({ db, account }: AccountContext): string[] {
  const rows = db.all('SELECT changed FROM responses WHERE account = ? AND changed IS NOT NULL', account.id)
  return rows.flatMap(({ changed }) => (JSON.parse(String(changed)) as Property[]).map(({ key }) => key))
}

/** SQLite takes the score from the row of the latest date, as it promises where max() is the only such function. */
function* users({ db, account }: AccountContext): Generator<unknown[]> {
  yield ['user_id', 'response_count', 'last_feedback_date', 'last_score']
  const rows = db.all(
    `SELECT user_id, count(*) AS n, max(feedback_date) AS last, score FROM responses
     WHERE account = ? AND user_id IS NOT NULL GROUP BY user_id ORDER BY user_id`,
    account.id,
  )
  for (const { user_id, n, last, score } of rows) yield [user_id, n, last, score]
}

function cellOf(value: unknown): string {
  const text = value === null || value === undefined ? '' : String(value)
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
