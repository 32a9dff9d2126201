import { mkdir, mkdtemp, open, readdir, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Inbox } from '../../local/inbox.ts'
import { RelayError } from '../../shared/errors.ts'
import type { DropObject } from '../../shared/ports.ts'
import { openDatabase } from '../../shared/stores/sqlite/database.ts'
import { FolderStore } from '../../shared/stores/sqlite/folder-objects.ts'
import { ManualClock, MemoryLogger } from '../support/fakes.ts'

describe('Inbox', () => {
  let root: string
  let db: ReturnType<typeof openDatabase>
  let clock: ManualClock
  let logger: MemoryLogger
  let inbox: Inbox
  let received: string[]
  let receive: (drop: DropObject) => Promise<unknown>

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'cxi-inbox-'))
    db = openDatabase(join(root, 'relay.db'))
    // Files are of now, and their age is judged by it.
    clock = new ManualClock(Date.now())
    logger = new MemoryLogger()
    received = []
    receive = async (drop) => received.push(drop.key)
    const store = new FolderStore(root, db)
    inbox = new Inbox({
      folder: join(root, 'inbox'),
      clock,
      logger,
      take: (path) => store.takeDrop(path),
      receive: (drop) => receive(drop),
    })
  })

  afterEach(async () => {
    db.close()
    await rm(root, { recursive: true })
  })

  async function put(path: string, text = 'a,b\n1,2\n'): Promise<string> {
    const file = join(root, 'inbox', path)
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, text)
    return file
  }

  async function lookFor(ms: number): Promise<void> {
    for (let passedMs = 0; passedMs <= ms; passedMs += 250) {
      await inbox.look()
      await clock.advance(250)
    }
  }

  it('takes a copied file once it is quiet', async () => {
    await put('nps/oct.csv')

    await inbox.look()
    expect(received).toEqual([])
    await lookFor(1500)

    expect(received).toEqual(['inbox/nps/oct.csv'])
    expect(await readdir(join(root, 'inbox', 'nps'))).toEqual([])
  })

  it('does not take a file while it is slowly being written', async () => {
    await put('nps/oct.csv', 'a,b\n')
    await lookFor(500)
    for (let written = 2; written <= 8; written++) {
      await put('nps/oct.csv', 'a,b\n'.repeat(written))
      await lookFor(2500)
    }
    expect(received).toEqual([])

    await lookFor(5500)

    expect(received).toEqual(['inbox/nps/oct.csv'])
  })

  it.each([
    'oct.csv.part',
    'oct.csv.filepart',
    'oct.csv.tmp',
    'oct.csv.CRDOWNLOAD',
    'oct.csv.download/oct.csv',
    '.oct.csv',
    '~oct.csv',
    'oct.csv.meta.json',
    '~$oct.csv',
    '.~lock.oct.csv#',
    'Thumbs.db',
    'desktop.ini',
    '.DS_Store',
  ])('R-04 leaves %s alone until it is renamed into place', async (name) => {
    const file = await put(`nps/${name}`)
    await lookFor(60_000)
    expect(received).toEqual([])

    await rename(file, join(root, 'inbox', 'nps', 'oct.csv'))
    await lookFor(4000)

    expect(received).toEqual(['inbox/nps/oct.csv'])
  })

  it('FC-13 waits for a file whose size is reserved before its content comes', async () => {
    const whole = 'feedback_date,score\n2026-10-01,9\n2026-10-02,8\n'
    const file = await put('nps/oct.csv', '\0'.repeat(whole.length))
    await lookFor(15_000)
    await writeFile(file, whole.slice(0, 30) + '\0'.repeat(whole.length - 30))
    await lookFor(10_000)
    expect(received).toEqual([])

    await writeFile(file, whole)
    await lookFor(5500)

    expect(received).toEqual(['inbox/nps/oct.csv'])
    expect(logger.lines).toEqual([])
  })

  it('FC-13 says once that a file still ends in NUL bytes after ten minutes', async () => {
    await put('nps/oct.csv', 'a,b\n1,\0\0')

    await lookFor(1000)
    await clock.advance(600_000)
    await lookFor(1000)

    expect(received).toEqual([])
    expect(logger.lines).toMatchObject([
      { level: 'warn', event: 'inbox.unwritten', fields: { drop: 'inbox/nps/oct.csv' } },
    ])
  })

  it('takes UTF-16 text, and an archive, that end in NUL', async () => {
    await writeFile(await put('nps/wide.csv'), Buffer.from('\ufeffa,b\n1,2\n', 'utf16le'))
    await writeFile(await put('nps/a.zip'), Buffer.from('504b0506'.padEnd(44, '0'), 'hex'))

    await lookFor(1500)

    expect(received.sort()).toEqual(['inbox/nps/a.zip', 'inbox/nps/wide.csv'])
  })

  it.runIf(process.platform === 'linux')('waits while a process has a file open for writing', async () => {
    const writer = await open(await put('nps/oct.csv'), 'a')
    await lookFor(20_000)
    expect(received).toEqual([])

    await writer.close()
    await lookFor(250)

    expect(received).toEqual(['inbox/nps/oct.csv'])
  })

  it("FC-24 takes files from a source's folder that is a link to another one", async () => {
    const elsewhere = await mkdtemp(join(root, 'elsewhere-'))
    await mkdir(join(root, 'inbox'), { recursive: true })
    await symlink(elsewhere, join(root, 'inbox', 'nps'))
    await writeFile(join(elsewhere, 'oct.csv'), 'a,b\n1,2\n')

    await lookFor(1500)

    expect(received).toEqual(['inbox/nps/oct.csv'])
    expect(await readdir(elsewhere)).toEqual([])
  })

  it('FC-24 says once of a file that it may not read it, and takes the others', async () => {
    let isClosed = true
    const store = new FolderStore(root, db)
    const cause = Object.assign(new Error('permission denied'), { code: 'EACCES', syscall: 'open' })
    const denied = new RelayError('store_unavailable', 'Taking it failed (EACCES).', { retryable: true, cause })
    const take = async (path: string) => {
      if (isClosed && path.includes('closed')) throw denied
      return store.takeDrop(path)
    }
    inbox = new Inbox({ folder: join(root, 'inbox'), clock, logger, take, receive: (drop) => receive(drop) })
    for (let file = 10; file < 22; file++) await put(`nps/closed-${file}.csv`)
    await put('nps/open.csv')

    await lookFor(3000)
    expect(received).toEqual(['inbox/nps/open.csv'])
    expect(logger.lines.map(({ level, event }) => [level, event])).toEqual(Array(12).fill(['warn', 'inbox.forbidden']))
    isClosed = false
    await lookFor(1000)

    expect(received).toHaveLength(13)
  })

  it('FC-24 goes on in a folder that was renamed away and made again', async () => {
    await put('nps/sep.csv')
    await lookFor(1500)
    await rename(join(root, 'inbox', 'nps'), join(root, 'inbox', 'old'))
    await put('nps/oct.csv')

    await lookFor(1500)

    expect(received).toEqual(['inbox/nps/sep.csv', 'inbox/nps/oct.csv'])
  })

  it('takes at once what lay there before', async () => {
    const file = await put('nps/oct.csv')
    await utimes(file, 1, 1)
    await clock.advance(60_000)

    await inbox.look()

    expect(received).toEqual(['inbox/nps/oct.csv'])
  })

  it('takes files that lie in no source, in none that is known, and in folders below one', async () => {
    await put('stray.csv')
    await put('other/x.csv')
    await put('nps/2026/oct.csv')

    await lookFor(1500)

    expect(received.sort()).toEqual(['inbox/nps/2026/oct.csv', 'inbox/other/x.csv', 'inbox/stray.csv'])
  })

  it('follows no link, and says so once', async () => {
    await writeFile(join(root, 'secret.csv'), 'a\n1\n')
    await put('nps/oct.csv')
    await symlink(join(root, 'secret.csv'), join(root, 'inbox', 'nps', 'link.csv'))

    await lookFor(10_000)

    expect(received).toEqual(['inbox/nps/oct.csv'])
    expect(logger.lines.filter(({ event }) => event === 'inbox.not_a_file')).toHaveLength(1)
  })

  it('notes what it took when the ledger works again, and says once that it does not', async () => {
    await put('nps/oct.csv')
    await put('nps/nov.csv')
    let isFull = true
    receive = async (drop) => {
      if (isFull) throw new RelayError('disk_full', 'The disk is full; free some space.', { retryable: true })
      received.push(drop.key)
    }
    await lookFor(3000)
    expect(received).toEqual([])
    expect(logger.lines.filter(({ level }) => level === 'alarm')).toMatchObject([
      { event: 'inbox.trouble', fields: { code: 'disk_full' } },
    ])

    isFull = false
    await lookFor(1500)

    expect(received.sort()).toEqual(['inbox/nps/nov.csv', 'inbox/nps/oct.csv'])
  })

  it('goes on after its folder was removed and made again', async () => {
    await rm(join(root, 'inbox'), { recursive: true, force: true })
    await lookFor(1000)
    await put('nps/oct.csv')

    await lookFor(1500)

    expect(received).toEqual(['inbox/nps/oct.csv'])
  })
})
