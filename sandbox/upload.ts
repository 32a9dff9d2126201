import { setImmediate as breathe } from 'node:timers/promises'
import type { Answer } from './answer.ts'
import type { AccountContext } from './context.ts'
import { type CsvFile, readCsv } from './csv-file.ts'
import { importChunks } from './import-json.ts'
import { importOf } from './import-row.ts'
import { refuse, refuseParameter } from './refusal.ts'
import type { Call } from './request.ts'

/** `POST /v1/imports`: one response for each row of the CSV in the part `file`. */
export async function createImport(context: AccountContext, call: Call): Promise<Answer> {
  if (!call.isMultipart) throw refuse(415, 'The request must be multipart/form-data with a part "file".')
  const file = call.files.find(({ part }) => part === 'file')
  if (!file) throw refuseParameter('file', 'is missing')
  const csv = readCsv(file.bytes, context.unknowns)
  // Between two long pieces of work others get their answers.
  if (csv.rows.length > 10_000) await breathe()
  const id = context.db.transaction(() => insert(context, file.name || 'file.csv', csv))
  await context.analysis.importAdded()
  const chunks = importChunks(context, importOf(context, id), { inFileOrder: true })
  return { status: Number(context.unknowns['U-07']), chunks }
}

/** The responses of an import bear consecutive ids. */
function insert({ db, clock, account, analysis }: AccountContext, name: string, csv: CsvFile): number {
  const first = Number(db.get("SELECT seq FROM sqlite_sequence WHERE name = 'responses'")?.seq ?? 0) + 1
  const { id } = db.run(
    'INSERT INTO imports (account, name, created_ms, first_response, responses, columns, due_ms) VALUES (?, ?, ?, ?, ?, ?, ?)',
    account.id,
    name,
    clock.now(),
    first,
    csv.rows.length,
    JSON.stringify(csv.columns),
    analysis.dueMs(),
  )
  const add = db.many(
    'INSERT INTO responses (account, import_id, feedback, user_id, feedback_date, score, cells) VALUES (?, ?, ?, ?, ?, ?, ?)',
  )
  for (const row of csv.rows) {
    add(account.id, id, row.feedback, row.user_id, row.feedback_date, row.score, JSON.stringify(row.cells))
  }
  return id
}
