import type { Account } from '../config/types.ts'
import type { CxiError } from '../cxi/errors.ts'
import type { ImportDeps } from './deps.ts'
import type { Part, ServerErrors } from './records.ts'

/** Answers in a row by which a part is refused, if CXI accepts the account's other parts meanwhile. */
const MOST = 8
/** Answers in a row after which a person is told. */
const ALARMING = 3
/** What a load balancer answers while CXI itself is away: never the part's fault. */
const AWAY: ReadonlySet<number> = new Set([502, 503, 504])

/** The count with this answer in it; null where that says nothing against the part. */
export function countServerError(before: ServerErrors | null, error: CxiError, nowMs: number): ServerErrors | null {
  const { status, words } = error
  if (status === null || status < 500 || AWAY.has(status)) return null
  return { count: (before?.count ?? 0) + 1, firstMs: before?.firstMs ?? nowMs, status, words }
}

/** Tells a person which part it is, once. */
export function sayServerErrors(deps: ImportDeps, { name, tag }: Part, errors: ServerErrors | null): void {
  if (errors?.count !== ALARMING) return
  deps.logger.alarm('import.server_error', {
    part: name,
    status: errors.status,
    message: `CXI has answered ${errors.status} to "${name}" (${tag}) ${ALARMING} times in a row${quoted(errors.words)}. It is looked for and tried again; after ${MOST} times, while CXI accepts other parts, its rows are set aside.`,
  })
}

/** Why the part is to be taken for refused, in CXI's words; undefined where it may still be sent. */
export async function refusalOf(deps: ImportDeps, part: Part, account: Account): Promise<string | undefined> {
  const errors = part.serverErrors
  if (!errors || errors.count < MOST || !(await deps.gate(account).hasAcceptedSince(errors.firstMs))) return undefined
  return `CXI answered ${errors.status} ${errors.count} times in a row${quoted(errors.words)}, while it accepted other parts.`
}

const quoted = (words: string) => (words === '' ? '' : `, "${words}"`)
