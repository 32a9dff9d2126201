import { createHash } from 'node:crypto'
import type { ExportDeps } from './deps.ts'
import type { MailText } from './mail-text.ts'
import { SELF } from './records.ts'

interface Seen {
  kind: 'export-mail-seen'
  mail: string
  atMs: number
}

const REMEMBERED_MS = 90 * 86_400_000

/** What a mail is known by: its id and its link, of which only the hash is kept. */
const marksOf = ({ messageId }: MailText, link: URL) => {
  const hash = (kind: string, text: string) => createHash('sha256').update(`${kind}\0${text}`).digest('hex')
  return { link: hash('link', link.href), message: messageId === null ? null : hash('message', messageId) }
}

const groupOf = (mark: string) => `export-mail-seen#${mark}`

/**
 * Notes that this mail is being dealt with; false where another one with the same id or link was before. A new mail
 * with a link that is known counts as new where CXI was asked again after the first: the link may always be the same.
 */
export async function claimMail(
  deps: ExportDeps,
  mail: { id: string; text: MailText; link: URL; lastAskedMs: number | null },
): Promise<boolean> {
  const { link, message } = marksOf(mail.text, mail.link)
  const byMessage = message === null ? undefined : await claim(deps, message, mail.id)
  if (byMessage && byMessage.mail !== mail.id) return false
  const byLink = await claim(deps, link, mail.id)
  if (byLink.mail === mail.id) return true
  return message !== null && mail.lastAskedMs !== null && mail.lastAskedMs > byLink.atMs
}

/** Forgets a mail that came to nothing, so that it can be tried again. */
export async function forgetMail(deps: ExportDeps, mail: { id: string; text: MailText; link: URL }): Promise<void> {
  const { link, message } = marksOf(mail.text, mail.link)
  for (const mark of [link, message]) {
    const record = mark === null ? undefined : await deps.ledger.get<Seen>(groupOf(mark), SELF)
    if (record?.value.mail === mail.id) await deps.ledger.remove(record)
  }
}

/** Who has the mark, after trying to take it. */
async function claim(deps: ExportDeps, mark: string, mail: string): Promise<Seen> {
  const now = deps.clock.now()
  const value: Seen = { kind: 'export-mail-seen', mail, atMs: now }
  const write = { group: groupOf(mark), id: SELF, value, expiresAtMs: now + REMEMBERED_MS }
  for (;;) {
    const record = (await deps.ledger.create<Seen>(write)) ?? (await deps.ledger.get<Seen>(write.group, SELF))
    if (record) return record.value
  }
}
