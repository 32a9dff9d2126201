import type { Account } from '../shared/config/types.ts'
import { allowedLinks } from '../shared/exports/allowed-links.ts'
import { clockChangeWarnings } from '../shared/exports/clock-changes.ts'
import type { ExportDeps } from '../shared/exports/deps.ts'
import { createExportEngine, type ExportEngine } from '../shared/exports/engine.ts'
import { readMail } from '../shared/exports/mail-text.ts'
import { isMakersAddress, isSenderAmong } from '../shared/exports/senders.ts'
import type { ImportDeps } from '../shared/imports/deps.ts'
import type { SecretStore } from '../shared/ports.ts'
import { MailFolder } from './mail-folder.ts'
import { Mailbox } from './mail-imap.ts'

export interface ExportWork {
  engine: ExportEngine
  /** Watches the schedules and the places where mails arrive. */
  start(): Promise<void>
  /** Watches the places where mails arrive. */
  watchMail(): void
  stop(): Promise<void>
}

/** The exports of the embedded home: its runner works on what this engine says is due. */
export function exportWork(imports: ImportDeps, home: { mailFolder: string; secrets: SecretStore }): ExportWork {
  const { clock, logger, ledger, objects, relay } = imports
  const deps: ExportDeps = imports
  const engine = createExportEngine(deps)
  const folder = new MailFolder({
    folder: home.mailFolder,
    accounts: Object.keys(relay.accounts),
    clock,
    logger,
    receive: (key) => engine.receiveMail(key),
  })
  const imap = relay.mail?.imap
  const mailbox =
    imap &&
    new Mailbox({
      imap,
      secrets: home.secrets,
      ledger,
      clock,
      logger,
      keep: async (name, mail) => {
        if (await mayBringExport(deps, mail)) await objects.create(`mail/${name}`, mail)
      },
    })
  const watchMail = () => {
    folder.start()
    mailbox?.start()
  }
  return {
    engine,
    async start() {
      for (const message of clockChangeWarnings(relay, clock.now())) logger.warn('config.clock_change', { message })
      await engine.plan()
      watchMail()
    },
    watchMail,
    async stop() {
      await Promise.all([folder.stop(), mailbox?.stop()])
    },
  }
}

/** A mailbox may be a person's: what is from a sender that is expected, or has a link to where exports lie, is taken. */
async function mayBringExport(deps: ExportDeps, mail: Uint8Array): Promise<boolean> {
  try {
    const { from, links } = await readMail(mail)
    const trusted = deps.relay.mail?.from
    if (trusted) return isSenderAmong(from, trusted)
    const may = ({ name }: Account) => links.some((link) => allowedLinks(deps, { account: name }).isAllowed(link))
    return isMakersAddress(from) || Object.values(deps.relay.accounts).some(may)
  } catch {
    return false
  }
}
