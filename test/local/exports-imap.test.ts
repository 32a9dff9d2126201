import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Mailbox } from '../../local/mail-imap.ts'
import { MemoryLedger } from '../../shared/stores/memory/ledger.ts'
import { MemorySecretStore } from '../../shared/stores/memory/secrets.ts'
import { ManualClock, MemoryLogger } from '../support/fakes.ts'
import { ImapServer } from '../support/imap-server.ts'

const CREDENTIALS = { user: 'reader', pass: 'pa55word' }

describe('a mailbox', () => {
  const clock = new ManualClock()
  let server: ImapServer
  let port = 0
  let ledger: MemoryLedger
  let logger: MemoryLogger
  let kept: { name: string; mail: string }[]

  beforeEach(async () => {
    server = new ImapServer(CREDENTIALS)
    port = await server.start()
    ledger = new MemoryLedger(clock)
    logger = new MemoryLogger()
    kept = []
  })

  afterEach(() => server.close())

  const mailbox = (secret: Record<string, unknown> | undefined = CREDENTIALS) => {
    const secrets = new MemorySecretStore()
    if (secret) secrets.set('cxi-relay/imap', secret)
    return new Mailbox({
      imap: { host: '127.0.0.1', port, secure: false, secret: 'cxi-relay/imap' },
      secrets,
      ledger,
      clock,
      logger,
      keep: async (name, mail) => {
        kept.push({ name, mail: Buffer.from(mail).toString() })
      },
    })
  }

  it('gives every new mail once, and changes nothing in it', async () => {
    server.messages.push({ uid: 3, mail: 'Subject: a\r\n\r\none\r\n' })
    await mailbox().look()
    await mailbox().look()
    server.messages.push({ uid: 9, mail: 'Subject: b\r\n\r\nzwei ü\r\n' })
    await mailbox().look()

    expect(kept).toEqual([
      { name: 'imap-7-3.eml', mail: 'Subject: a\r\n\r\none\r\n' },
      { name: 'imap-7-9.eml', mail: 'Subject: b\r\n\r\nzwei ü\r\n' },
    ])
    const changing = /^(SELECT|STORE|UID STORE|COPY|UID COPY|EXPUNGE|MOVE|UID MOVE|APPEND)|BODY\[/i
    expect(server.commands.filter((command) => changing.test(command))).toEqual([])
    expect(logger.lines).toEqual([])
  })

  it('that was made anew is read from the last week on', async () => {
    server.messages.push({ uid: 3, mail: 'Subject: a\r\n\r\none\r\n' })
    await mailbox().look()
    server.uidValidity = 8

    await mailbox().look()

    expect(kept.map(({ name }) => name)).toEqual(['imap-7-3.eml', 'imap-8-3.eml'])
    expect(server.commands).toContain('UID SEARCH SINCE 17-Nov-2026')
  })

  it('whose password is refused is reported, without the password', async () => {
    const box = mailbox({ ...CREDENTIALS, pass: 'wr0ng' })

    await box.look()
    await box.look()

    expect(logger.events()).toEqual(['mail.imap_trouble'])
    expect(logger.lines[0]?.fields.message).toContain('user or password were refused')
    expect(JSON.stringify(logger.lines)).not.toContain('wr0ng')
  })

  it('that cannot be reached is reported once, and read when it can', async () => {
    const box = mailbox()
    server.messages.push({ uid: 1, mail: 'Subject: a\r\n\r\none\r\n' })
    const real = port
    port = 1
    const astray = mailbox()
    port = real

    await astray.look()
    await astray.look()
    await box.look()

    expect(logger.events()).toEqual(['mail.imap_trouble'])
    expect(kept).toHaveLength(1)
  })

  it('without credentials says which secret is missing', async () => {
    await mailbox({ user: 'reader' }).look()

    expect(logger.lines[0]?.fields.message).toContain('cxi-relay/imap')
    expect(server.commands).toEqual([])
  })

  it('stops at once', async () => {
    const box = mailbox()
    box.start()
    while (server.commands.length === 0) await new Promise((resolve) => setTimeout(resolve, 1))

    await box.stop()

    expect(logger.lines).toEqual([])
  })
})
