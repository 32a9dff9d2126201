import { existsSync, statSync } from 'node:fs'
import { mkdir, mkdtemp, open, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { FileError } from '../../../../shared/errors.ts'
import type { DropObject } from '../../../../shared/ports.ts'
import { openDatabase } from '../../../../shared/stores/sqlite/database.ts'
import { FolderStore } from '../../../../shared/stores/sqlite/folder-objects.ts'
import { ManualClock } from '../../../support/fakes.ts'
import { allOf, textOf } from '../../../support/port-suites/objects.ts'

const hasOtherDisk = existsSync('/dev/shm') && statSync('/dev/shm').dev !== statSync(tmpdir()).dev

let folder: string
let db: DatabaseSync
let clock: ManualClock
let store: FolderStore

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'relay-folder-'))
  db = openDatabase(join(folder, 'relay.db'))
  clock = new ManualClock()
  store = new FolderStore(folder, db, clock)
})

afterEach(async () => {
  db.close()
  await rm(folder, { recursive: true })
})

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(join(folder, path)), { recursive: true })
  await writeFile(join(folder, path), text)
}

async function take(path: string): Promise<DropObject> {
  const drop = await store.takeDrop(path)
  if (!drop) throw new Error(`${path} was not taken`)
  return drop
}

/** Every file of the data folder but the database, sorted. */
async function files(): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => !entry.isDirectory() && !entry.name.startsWith('relay.db'))
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort()
}

/** What a process leaves that died after the place was remembered and before the file was moved. */
function rememberOnly(drop: DropObject, place: string, previous: string | null = null): void {
  db.prepare('INSERT OR REPLACE INTO drop_places VALUES (?, ?, ?, ?)').run(drop.version, drop.key, place, previous)
}

describe('keys', () => {
  test.each([
    '../secrets.json',
    'parts/../../etc/passwd',
    'parts/./1.csv',
    '/etc/passwd',
    'parts//1.csv',
    'parts/',
    'parts/1\0.csv',
    'secrets.json',
    'relay.db',
    '',
    '..',
  ])('refuses %j', async (key) => {
    await write('secrets.json', '{}')

    await expect(textOf(store.read(key))).rejects.toMatchObject({ code: 'key_invalid', retryable: false })
    await expect(store.put(key, Buffer.from('x'))).rejects.toMatchObject({ code: 'key_invalid' })
    await expect(store.create(key, Buffer.from('x'))).rejects.toMatchObject({ code: 'key_invalid' })
    await expect(store.delete(key)).rejects.toMatchObject({ code: 'key_invalid' })
    expect(await files()).toEqual(['secrets.json'])
  })

  test.each(['../x', '/etc/', 'a/../../'])('refuses to list %j', async (prefix) => {
    await expect(allOf(store.list(prefix))).rejects.toMatchObject({ code: 'key_invalid' })
  })

  test('lists every folder for the empty prefix, but not the files of the home itself', async () => {
    await write('secrets.json', '{}')
    await store.put('parts/a/1.csv', Buffer.from('x'))
    await store.put('receipts/s/a.json', Buffer.from('x'))

    expect((await allOf(store.list(''))).map(({ key }) => key)).toEqual(['parts/a/1.csv', 'receipts/s/a.json'])
    expect((await allOf(store.list('rec'))).map(({ key }) => key)).toEqual(['receipts/s/a.json'])
  })

  test('leaves no temporary files and no empty folders', async () => {
    await store.create('parts/a/1.csv', Buffer.from('x'))
    await store.create('parts/a/1.csv', Buffer.from('y'))
    await store.delete('parts/a/1.csv')

    expect(await files()).toEqual([])
    expect(await readdir(join(folder, 'parts'))).toEqual([])
  })

  test('writes and deletes in one folder at the same time', async () => {
    await Promise.all(
      Array.from({ length: 3 }, async (_, n) => {
        for (let turn = 0; turn < 100; turn += 1) {
          await store.put(`parts/a/${n}.csv`, Buffer.from('x'))
          await store.delete(`parts/a/${n}.csv`)
        }
      }),
    )

    expect(await files()).toEqual([])
  })

  test('hides what a killed process was still writing, and sweeps it', async () => {
    await store.put('parts/a/1.csv', Buffer.from('x'))
    await write('parts/a/.writing-abc', 'half')

    expect((await allOf(store.list('parts/'))).map(({ key }) => key)).toEqual(['parts/a/1.csv'])
    expect(await store.removeLeftovers()).toBe(1)
    expect(await files()).toEqual(['parts/a/1.csv'])
  })

  test('says which file could not be written, and that it is tried again', async () => {
    await write('parts/a', 'a file where a folder should be')

    const putting = store.put('parts/a/1.csv', Buffer.from('x'))

    await expect(putting).rejects.toMatchObject({ code: 'store_unavailable', retryable: true })
    await expect(putting).rejects.toThrow('parts/a/1.csv')
  })
})

describe('taking a drop', () => {
  test('moves the file and its sidecar to work/<version>/', async () => {
    await write('inbox/s/deep/oct.csv.meta.json', '{"Name":"Oct"}')
    await write('inbox/s/deep/oct.csv', 'a,b')

    const drop = await take('s/deep/oct.csv')

    expect(drop.key).toBe('inbox/s/deep/oct.csv')
    expect(drop.version).toMatch(/^20261124T060000000Z-[0-9a-f]{12}$/)
    const base = `work/${drop.version}/s/deep/oct.csv`
    expect(await files()).toEqual([base, `${base}.meta.json`])
    expect(await store.headDrop(drop)).toEqual({ bytes: 3, metadata: { name: 'Oct' } })
  })

  test('takes a file that lies in no source folder', async () => {
    await write('inbox/oct.csv', 'x')

    const drop = await take('oct.csv')
    await store.markDrop(drop, 'rejected')

    expect(drop.key).toBe('inbox/oct.csv')
    expect(await files()).toEqual(['done/rejected/oct.csv'])
  })

  test.each(['s', 's/missing.csv', 's/x.csv.meta.json', 's/link.csv', 's/.hidden.csv', 's/x.csv/y'])(
    'leaves %s alone',
    async (path) => {
      await write('inbox/s/x.csv', 'x')
      await write('inbox/s/x.csv.meta.json', '{}')
      await write('inbox/s/.hidden.csv', 'x')
      await write('inbox/s/missing.csv.meta.json', '{}')
      await symlink('/etc/hostname', join(folder, 'inbox/s/link.csv'))
      const before = await files()

      expect(await store.takeDrop(path)).toBeUndefined()

      expect(await files()).toEqual(before)
      expect(await allOf(store.listTaken())).toEqual([])
    },
  )

  test.each(['../secrets.json', '/etc/hostname', 's/../../secrets.json'])('refuses %s', async (path) => {
    await write('secrets.json', '{}')

    await expect(store.takeDrop(path)).rejects.toMatchObject({ code: 'key_invalid' })
    expect(await files()).toEqual(['secrets.json'])
  })

  test('lets one of two takers have it', async () => {
    await write('inbox/s/oct.csv.meta.json', '{"name":"x"}')
    await write('inbox/s/oct.csv', 'x')

    const taken = (await Promise.all([store.takeDrop('s/oct.csv'), store.takeDrop('s/oct.csv')])).filter(Boolean)

    expect(taken).toHaveLength(1)
    expect(await allOf(store.listTaken())).toEqual(taken)
  })

  test.each(['Größe 100%.csv', '日本語 😀.csv', 'back\\slash:"*?.csv', `${'ü'.repeat(124)}.csv`])(
    'carries %s through to its end',
    async (name) => {
      await write(`inbox/s/${name}`, 'x')

      const drop = await take(`s/${name}`)
      expect(await allOf(store.listTaken())).toEqual([drop])
      await store.markDrop(drop, 'imported')

      expect(await textOf(store.readDrop(drop))).toBe('x')
      expect(await files()).toEqual([`done/imported/s/${name}`])
    },
  )

  test('takes a file whose name is not UTF-8, under the name that lists show', async () => {
    await mkdir(join(folder, 'inbox/s'), { recursive: true })
    await writeFile(
      Buffer.concat([Buffer.from(join(folder, 'inbox/s/gr')), Buffer.from([0xfc]), Buffer.from('n.csv')]),
      'x',
    )

    const [name] = await readdir(join(folder, 'inbox/s'))
    const drop = await take(`s/${name}`)

    expect(await textOf(store.readDrop(drop))).toBe('x')
    expect(await allOf(store.listTaken())).toEqual([drop])
    expect(await readdir(join(folder, 'inbox/s'))).toEqual([])
  })

  test('says that a file is still arriving whose writer goes on after it was taken', async () => {
    await write('inbox/s/a.csv', 'first\n')
    const writer = await open(join(folder, 'inbox/s/a.csv'), 'a')
    const drop = await take('s/a.csv')

    const reading = (async () => {
      for await (const _ of store.readDrop(drop)) await writer.write('second\n')
    })()

    await expect(reading).rejects.toMatchObject({ code: 'still_arriving', retryable: true })
    await writer.close()
    expect(await textOf(store.readDrop(drop))).toMatch(/^first\nsecond\n/)
  })

  test('tells of a file that somebody went on writing after it was read, and only of that', async () => {
    const told: string[] = []
    store = new FolderStore(folder, db, clock, ({ key }) => told.push(key))
    await write('inbox/s/whole.csv', 'x')
    await write('inbox/s/grown.csv', 'x')
    const whole = await take('s/whole.csv')
    const grown = await take('s/grown.csv')
    for (const drop of [whole, grown]) await textOf(store.readDrop(drop))
    await writeFile(join(folder, 'work', grown.version, 's', 'grown.csv'), 'y', { flag: 'a' })

    for (const drop of [whole, grown]) await store.markDrop(drop, 'imported')

    expect(told).toEqual(['inbox/s/grown.csv'])
  })

  test.skipIf(!hasOtherDisk)('takes from an inbox on another disk', async () => {
    const other = await mkdtemp('/dev/shm/relay-inbox-')
    await symlink(other, join(folder, 'inbox'))
    await write('inbox/s/oct.csv.meta.json', '{"name":"x"}')
    await write('inbox/s/oct.csv', 'x')

    const drop = await take('s/oct.csv')

    expect(await store.headDrop(drop)).toEqual({ bytes: 1, metadata: { name: 'x' } })
    expect(await readdir(join(other, 's'))).toEqual([])
    expect(await store.removeLeftovers()).toBe(0)
    await rm(other, { recursive: true })
  })

  test('finds after a crash what was taken, the earliest first', async () => {
    await write('inbox/s/b.csv', 'x')
    await write('inbox/s/a.csv', 'x')
    const first = await take('s/b.csv')
    await clock.advance(5)
    const second = await take('s/a.csv')

    const later = new FolderStore(folder, db, clock)

    expect(await allOf(later.listTaken())).toEqual([first, second])
    expect(await textOf(later.readDrop(second))).toBe('x')
  })

  test('gives a sidecar back whose file a killed process had not taken yet', async () => {
    await write('inbox/s/oct.csv', 'x')
    await write('work/v1/s/oct.csv.meta.json', '{"name":"Oct"}')
    await mkdir(join(folder, 'work/v2/s'), { recursive: true })

    expect(await allOf(store.listTaken())).toEqual([])

    expect(await files()).toEqual(['inbox/s/oct.csv', 'inbox/s/oct.csv.meta.json'])
    expect(await readdir(join(folder, 'work'))).toEqual([])
    const drop = await take('s/oct.csv')
    expect((await store.headDrop(drop))?.metadata).toEqual({ name: 'Oct' })
  })

  test('does not give a sidecar back over a newer one', async () => {
    await write('inbox/s/oct.csv.meta.json', '{"name":"new"}')
    await write('work/v1/s/oct.csv.meta.json', '{"name":"old"}')

    await allOf(store.listTaken())

    expect(await readFile(join(folder, 'inbox/s/oct.csv.meta.json'), 'utf8')).toBe('{"name":"new"}')
  })
})

describe('sidecars', () => {
  test.each([
    ['[]', 'not a JSON object'],
    ['"text"', 'not a JSON object'],
    ['null', 'not a JSON object'],
    ['{"name":', 'not JSON'],
    ['', 'not JSON'],
    ['{"secondary-product-category-id":9}', '"secondary-product-category-id"'],
    ['{"name":null}', '"name"'],
    ['{"name":"\xff"', 'not JSON'],
  ])('refuses %s, naming the file', async (text, why) => {
    await write('inbox/s/oct.csv.meta.json', text)
    await write('inbox/s/oct.csv', 'x')
    const drop = await take('s/oct.csv')

    const error: unknown = await store.headDrop(drop).catch((thrown: unknown) => thrown)

    expect(error).toBeInstanceOf(FileError)
    expect(error).toMatchObject({ code: 'metadata_invalid', retryable: false })
    expect(String(error)).toContain('inbox/s/oct.csv.meta.json')
    expect(String(error)).toContain(why)
    expect(await textOf(store.readDrop(drop))).toBe('x')
  })

  test('reads one with a byte order mark, keeping odd names', async () => {
    await write('inbox/s/oct.csv.meta.json', '\uFEFF{"Tag-Names":"a","__proto__":"b"}')
    await write('inbox/s/oct.csv', 'x')

    const head = await store.headDrop(await take('s/oct.csv'))

    expect(Object.entries(head?.metadata ?? {})).toEqual([
      ['tag-names', 'a'],
      ['__proto__', 'b'],
    ])
  })
})

describe('the end of a drop', () => {
  test('moves file and sidecar to done/<state>/ and leaves no empty folder in work', async () => {
    await write('inbox/s/deep/oct.csv.meta.json', '{}')
    await write('inbox/s/deep/oct.csv', 'x')
    const drop = await take('s/deep/oct.csv')

    await store.markDrop(drop, 'partial')

    expect(await files()).toEqual(['done/partial/s/deep/oct.csv', 'done/partial/s/deep/oct.csv.meta.json'])
    expect(await readdir(join(folder, 'work'))).toEqual([])
    expect(await allOf(store.listTaken())).toEqual([])
  })

  test('adds the time before the extension where the name is taken, and a number where that is too', async () => {
    const drops: DropObject[] = []
    for (const text of ['1', '2', '3']) {
      await write('inbox/s/oct.csv.gz', text)
      drops.push(await take('s/oct.csv.gz'))
    }

    for (const drop of drops) await store.markDrop(drop, 'imported')

    expect(await files()).toEqual([
      'done/imported/s/oct.csv.20261124T060000Z-2.gz',
      'done/imported/s/oct.csv.20261124T060000Z.gz',
      'done/imported/s/oct.csv.gz',
    ])
    expect(await Promise.all(drops.map((drop) => textOf(store.readDrop(drop))))).toEqual(['1', '2', '3'])
  })

  test.each([
    ['the time', `${'ü'.repeat(120)}.csv`, /\.20261124T060000Z\.csv$/],
    ['its own long ending', `a.${'ü'.repeat(120)}`, /\.20261124T060000Z$/],
  ])('shortens a name that has no room for %s', async (_, name, ending) => {
    for (let n = 0; n < 2; n += 1) {
      await write(`inbox/s/${name}`, String(n))
      await store.markDrop(await take(`s/${name}`), 'imported')
    }

    const names = await readdir(join(folder, 'done/imported/s'))
    expect(names.map((found) => Buffer.byteLength(found) <= 255)).toEqual([true, true])
    expect(names.filter((found) => ending.test(found))).toHaveLength(1)
  })

  test('finds a place where a file has the name of its folder', async () => {
    await write('inbox/s/oct', 'file')
    await store.markDrop(await take('s/oct'), 'imported')
    await rm(join(folder, 'inbox/s'), { recursive: true })
    await write('inbox/s/oct/1.csv', 'in a folder')

    await store.markDrop(await take('s/oct/1.csv'), 'imported')

    expect(await files()).toEqual(['done/imported/s/oct', 'done/imported/s/oct_1.csv'])
  })

  test('goes on after a crash between remembering and moving', async () => {
    await write('inbox/s/oct.csv.meta.json', '{"name":"x"}')
    await write('inbox/s/oct.csv', 'x')
    const drop = await take('s/oct.csv')
    rememberOnly(drop, 'done/imported/s/oct.csv')
    expect(await textOf(store.readDrop(drop))).toBe('x')
    expect(await allOf(store.listTaken())).toEqual([drop])

    await store.markDrop(drop, 'imported')

    expect(await files()).toEqual(['done/imported/s/oct.csv', 'done/imported/s/oct.csv.meta.json'])
    expect(await store.headDrop(drop)).toEqual({ bytes: 1, metadata: { name: 'x' } })
  })

  test('goes on after a crash between moving the file and its sidecar', async () => {
    await write('inbox/s/oct.csv.meta.json', '{"name":"x"}')
    await write('inbox/s/oct.csv', 'x')
    const drop = await take('s/oct.csv')
    rememberOnly(drop, 'done/imported/s/oct.csv')
    await mkdir(join(folder, 'done/imported/s'), { recursive: true })
    await rename(join(folder, 'work', drop.version, 's/oct.csv'), join(folder, 'done/imported/s/oct.csv'))
    expect(await store.headDrop(drop)).toEqual({ bytes: 1, metadata: { name: 'x' } })

    await store.markDrop(drop, 'imported')

    expect(await files()).toEqual(['done/imported/s/oct.csv', 'done/imported/s/oct.csv.meta.json'])
    expect(await readdir(join(folder, 'work'))).toEqual([])
  })

  test('goes on after a crash in the move from one state to another', async () => {
    await write('inbox/s/oct.csv.meta.json', '{"name":"x"}')
    await write('inbox/s/oct.csv', 'x')
    const drop = await take('s/oct.csv')
    await store.markDrop(drop, 'imported')
    rememberOnly(drop, 'done/undone/s/oct.csv', 'done/imported/s/oct.csv')
    expect(await textOf(store.readDrop(drop))).toBe('x')

    await store.markDrop(drop, 'undone')

    expect(await files()).toEqual(['done/undone/s/oct.csv', 'done/undone/s/oct.csv.meta.json'])
  })

  test('keeps a place for the drop that is on its way there', async () => {
    await write('inbox/s/oct.csv', 'first')
    const first = await take('s/oct.csv')
    rememberOnly(first, 'done/imported/s/oct.csv')
    await write('inbox/s/oct.csv', 'second')
    const second = await take('s/oct.csv')

    await store.markDrop(second, 'imported')
    await store.markDrop(first, 'imported')

    expect(await files()).toEqual(['done/imported/s/oct.20261124T060000Z.csv', 'done/imported/s/oct.csv'])
    expect(await readFile(join(folder, 'done/imported/s/oct.csv'), 'utf8')).toBe('first')
    expect(await textOf(store.readDrop(second))).toBe('second')
  })

  test('uses a name again that a person cleared out of done/, and no longer shows it as the earlier drop', async () => {
    await write('inbox/s/oct.csv', 'first')
    const first = await take('s/oct.csv')
    await store.markDrop(first, 'imported')
    await rm(join(folder, 'done'), { recursive: true })
    await write('inbox/s/oct.csv', 'second')
    const second = await take('s/oct.csv')

    await store.markDrop(second, 'imported')

    expect(await files()).toEqual(['done/imported/s/oct.csv'])
    expect(await textOf(store.readDrop(second))).toBe('second')
    await expect(textOf(store.readDrop(first))).rejects.toMatchObject({ code: 'object_missing' })
  })
})
