import type { AddressInfo } from 'node:net'
import { createServer, type Server, type Socket } from 'node:net'

/** As much of an IMAP server (RFC 3501) as a mailbox that is only read needs. */
export class ImapServer {
  readonly messages: { uid: number; mail: string }[] = []
  uidValidity = 7
  /** Every command as it came, without its tag. */
  readonly commands: string[] = []
  readonly #server: Server
  readonly #sockets = new Set<Socket>()

  readonly credentials: { user: string; pass: string }

  constructor(credentials: { user: string; pass: string }) {
    this.credentials = credentials
    this.#server = createServer((socket) => this.#serve(socket))
  }

  async start(): Promise<number> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    return (this.#server.address() as AddressInfo).port
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket)
    socket.on('close', () => this.#sockets.delete(socket)).on('error', () => {})
    socket.write('* OK ready\r\n')
    let text = ''
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1')
      for (let end = text.indexOf('\r\n'); end >= 0; end = text.indexOf('\r\n')) {
        const line = text.slice(0, end)
        text = text.slice(end + 2)
        this.#answer(socket, line)
      }
    })
  }

  #answer(socket: Socket, line: string): void {
    const [tag = '', ...words] = line.split(' ')
    const command = words.join(' ')
    this.commands.push(command)
    const done = (status: string) => socket.write(`${tag} ${status}\r\n`)
    if (/^CAPABILITY/i.test(command)) {
      socket.write('* CAPABILITY IMAP4rev1\r\n')
      done('OK')
    } else if (/^LOGIN/i.test(command)) {
      const isGood = command.includes(this.credentials.user) && command.includes(this.credentials.pass)
      done(isGood ? 'OK' : 'NO [AUTHENTICATIONFAILED] no')
    } else if (/^LIST/i.test(command)) {
      socket.write('* LIST () "/" INBOX\r\n')
      done('OK')
    } else if (/^(EXAMINE|SELECT)/i.test(command)) {
      const next = Math.max(0, ...this.messages.map(({ uid }) => uid)) + 1
      socket.write(`* ${this.messages.length} EXISTS\r\n* FLAGS (\\Seen)\r\n`)
      socket.write(`* OK [UIDVALIDITY ${this.uidValidity}]\r\n* OK [UIDNEXT ${next}]\r\n`)
      done(/^EXAMINE/i.test(command) ? 'OK [READ-ONLY]' : 'OK [READ-WRITE]')
    } else if (/^UID SEARCH/i.test(command)) {
      socket.write(`* SEARCH ${this.messages.map(({ uid }) => uid).join(' ')}\r\n`)
      done('OK')
    } else if (/^UID FETCH/i.test(command)) {
      this.#fetch(socket, command)
      done('OK')
    } else if (/^LOGOUT/i.test(command)) {
      socket.write('* BYE\r\n')
      done('OK')
      socket.end()
    } else done('OK')
  }

  #fetch(socket: Socket, command: string): void {
    const [, set = '', items = ''] = /^UID FETCH (\S+) (.*)$/i.exec(command) ?? []
    for (const [index, { uid, mail }] of this.messages.entries()) {
      if (!isWithin(uid, set, this.messages.at(-1)?.uid ?? 0)) continue
      const bytes = Buffer.byteLength(mail)
      const body = /BODY\.PEEK\[\]/i.test(items) ? ` BODY[] {${bytes}}\r\n${mail}` : ''
      socket.write(`* ${index + 1} FETCH (UID ${uid} RFC822.SIZE ${bytes}${body})\r\n`)
    }
  }
}

/** Whether a set such as `1,4:*` names it; `n:*` names the last one even where that is lower. */
const isWithin = (uid: number, set: string, last: number) =>
  set.split(',').some((range) => {
    const [from = 0, to = from] = range.split(':').map((end) => (end === '*' ? last : Number(end)))
    return uid >= Math.min(from, to) && uid <= Math.max(from, to)
  })
