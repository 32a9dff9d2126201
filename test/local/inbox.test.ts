import { mkdir, mkdtemp, readdir, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises'
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
    await lookFor(1000)
    for (let written = 2; written <= 8; written++) {
      await put('nps/oct.csv', 'a,b\n'.repeat(written))
      await lookFor(2500)
    }
    expect(received).toEqual([])

    await lookFor(3500)

    expect(received).toEqual(['inbox/nps/oct.csv'])
  })

  it.each(['oct.csv.part', 'oct.csv.tmp', 'oct.csv.CRDOWNLOAD', '.oct.csv', '.~lock.oct.csv#', 'oct.csv.meta.json'])(
    'leaves %s alone until it is renamed into place',
    async (name) => {
      const file = await put(`nps/${name}`)
      await lookFor(60_000)
      expect(received).toEqual([])

      await rename(file, join(root, 'inbox', 'nps', 'oct.csv'))
      await lookFor(4000)

      expect(received).toEqual(['inbox/nps/oct.csv'])
    },
  )

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
