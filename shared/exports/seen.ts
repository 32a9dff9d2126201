import { createHash } from 'node:crypto'
import type { ExportDeps } from './deps.ts'
import { SELF } from './records.ts'

interface Seen {
  kind: 'export-mail-seen'
  mail: string
  atMs: number
}

const REMEMBERED_MS = 90 * 86_400_000

/** The link is what a mail is known by; only its hash is kept. */
const groupOf = (link: URL) => `export-mail-seen#${createHash('sha256').update(`link\0${link.href}`).digest('hex')}`

/** Notes that this mail is being dealt with; false where another one with the same link was before. */
export async function claimMail(deps: ExportDeps, { id, link }: { id: string; link: URL }): Promise<boolean> {
  const now = deps.clock.now()
  const value: Seen = { kind: 'export-mail-seen', mail: id, atMs: now }
  const write = { group: groupOf(link), id: SELF, value, expiresAtMs: now + REMEMBERED_MS }
  for (;;) {
    const record = (await deps.ledger.create<Seen>(write)) ?? (await deps.ledger.get<Seen>(write.group, SELF))
    if (record) return record.value.mail === id
  }
}

/** Forgets a mail that came to nothing, so that it can be tried again. */
export async function forgetMail(deps: ExportDeps, { id, link }: { id: string; link: URL }): Promise<void> {
  const record = await deps.ledger.get<Seen>(groupOf(link), SELF)
  if (record?.value.mail === id) await deps.ledger.remove(record)
}
