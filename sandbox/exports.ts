import { randomBytes } from 'node:crypto'
import type { Answer } from './answer.ts'
import type { AccountContext, SandboxContext } from './context.ts'
import { accountOf } from './demo.ts'
import { exportChunks } from './export-csv.ts'
import { textOf } from './parameters.ts'
import { notFound, refuse, refuseParameter } from './refusal.ts'
import type { Call } from './request.ts'

const LINK_DAYS = 7
const EXPORT_MS = 60_000

/** `POST /v1/exports`: 201 with an empty body; one at a time. */
export function createExport({ db, clock, unknowns, account }: AccountContext, call: Call): Answer {
  const asked = textOf(call.fields, 'export_type') ?? 'responses'
  const isKnown = asked === 'responses' || asked === 'users'
  if (!isKnown && unknowns['U-21'] === 'refuse') throw refuseParameter('export_type')
  if (db.get('SELECT 1 FROM exports WHERE account = ? AND mailed = 0', account.id)) {
    const why = 'An export is already in progress; wait until you have received it.'
    throw refuse(Number(unknowns['U-01']), why)
  }
  db.run(
    'INSERT INTO exports (account, type, done_ms, key) VALUES (?, ?, ?, ?)',
    account.id,
    isKnown ? asked : 'responses',
    clock.now() + EXPORT_MS,
    randomBytes(18).toString('base64url'),
  )
  return { status: 201 }
}

/** Mails the link of every export that is ready. */
export function finishExports({ db, clock, url, mailer }: SandboxContext): void {
  const due = db.all('SELECT * FROM exports WHERE mailed = 0 AND done_ms <= ? ORDER BY done_ms, id', clock.now())
  for (const { id, account, type, key, done_ms } of due) {
    db.transaction(() => {
      db.run('UPDATE exports SET mailed = 1 WHERE id = ?', Number(id))
      const link = `${url}/exports/${key}/${type}.csv`
      const body = `Hello,\n\nyour export of ${type} is ready. Download it here:\n\n${link}\n\nThe link works for ${LINK_DAYS} days.\n`
      const to = accountOf(Number(account)).username
      mailer.keep({ to, subject: `Your ${type} export is ready`, body, sentMs: Number(done_ms) })
    })
  }
}

/** The CSV behind a mailed link, which needs no token. */
export function downloadExport(context: SandboxContext, path: string): Answer {
  const [, key = ''] = /^\/exports\/([\w-]+)\//.exec(path) ?? []
  const row = context.db.get('SELECT * FROM exports WHERE key = ? AND mailed = 1', key)
  if (!row || Number(row.done_ms) + LINK_DAYS * 86_400_000 < context.clock.now()) {
    throw notFound('This link is not valid, or no longer.')
  }
  const headers = {
    'content-type': 'text/csv; charset=utf-8',
    'content-disposition': `attachment; filename="${row.type}.csv"`,
  }
  const account = accountOf(Number(row.account))
  return { status: 200, chunks: exportChunks({ ...context, account }, String(row.type)), headers }
}
