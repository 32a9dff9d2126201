import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { DropEnd, DropObject, ObjectStore } from '../../../shared/ports.ts'

export interface ObjectsUnderTest {
  objects: ObjectStore
  /** Puts an object into the inbox as its owner would, and tells which version it became. */
  drop: (key: string, bytes: Uint8Array, metadata?: Record<string, string>) => Promise<DropObject>
  /** Takes a dropped object away for good, as its owner might. */
  lose: (drop: DropObject) => Promise<void>
  /** The end that the owner sees. */
  endOf: (drop: DropObject) => Promise<DropEnd | undefined>
  close: () => Promise<void>
}

/** What every object store keeps to; keys are new for each test. */
export function describeObjects(name: string, make: () => Promise<ObjectsUnderTest>): void {
  describe(`${name} as an object store`, () => {
    let store: ObjectsUnderTest
    let objects: ObjectStore

    beforeAll(async () => {
      store = await make()
      objects = store.objects
    })

    afterAll(async () => {
      await store?.close()
    })

    const newPrefix = () => `parts/${randomUUID()}/`
    const newDropKey = (file = 'oct.csv') => `inbox/${randomUUID()}/${file}`

    test('gives back what was put', async () => {
      const key = `${newPrefix()}1.csv`
      const bytes = randomBytes(1_000)

      await objects.put(key, bytes)

      expect(await bytesOf(objects.read(key))).toEqual(bytes)
    })

    test('puts over what was there', async () => {
      const key = `${newPrefix()}1.csv`
      await objects.put(key, Buffer.from('a long first text'))

      await objects.put(key, Buffer.from('second'))

      expect(await textOf(objects.read(key))).toBe('second')
    })

    test('stores an empty object', async () => {
      const prefix = newPrefix()

      await objects.put(`${prefix}a`, new Uint8Array())
      expect(await objects.create(`${prefix}b`, pieces())).toBe(true)

      expect(await textOf(objects.read(`${prefix}a`))).toBe('')
      expect((await listed(objects, prefix)).map((object) => object.bytes)).toEqual([0, 0])
    })

    test('throws object_missing for what is not there', async () => {
      const reading = bytesOf(objects.read(`${newPrefix()}1.csv`))

      await expect(reading).rejects.toMatchObject({ code: 'object_missing' })
    })

    test('creates only where the key is free', async () => {
      const key = `${newPrefix()}1.csv`

      expect(await objects.create(key, Buffer.from('first'))).toBe(true)
      expect(await objects.create(key, pieces('second'))).toBe(false)

      expect(await textOf(objects.read(key))).toBe('first')
    })

    test('lets one of many creators win, whole', async () => {
      const key = `${newPrefix()}1.csv`
      const bodies = Array.from({ length: 8 }, (_, by) => String(by).repeat(100_000))

      const answers = await Promise.all(bodies.map((body) => objects.create(key, pieces(body))))

      expect(answers.filter((isMine) => isMine)).toHaveLength(1)
      expect(await textOf(objects.read(key))).toBe(bodies[answers.indexOf(true)])
    })

    test('streams a body of 5 MB in and out', async () => {
      const key = `${newPrefix()}1.csv`
      const bytes = randomBytes(5_000_000)
      const sizes = [1, 70_001, 3, 262_144, 0, 999_983]

      const isNew = await objects.create(key, cut(bytes, sizes))

      expect(isNew).toBe(true)
      expect(sha256(await bytesOf(objects.read(key)))).toBe(sha256(bytes))
      expect((await listed(objects, key))[0]?.bytes).toBe(5_000_000)
    })

    test('stores nothing of a body that broke off, and passes its error on', async () => {
      const prefix = newPrefix()
      const broken = () => failing(Buffer.from('half'), new Error('broke off'))

      await expect(objects.create(`${prefix}a`, broken())).rejects.toThrow('broke off')
      await expect(objects.put(`${prefix}b`, broken())).rejects.toThrow('broke off')

      expect(await listed(objects, prefix)).toEqual([])
      expect(await objects.create(`${prefix}a`, Buffer.from('whole'))).toBe(true)
    })

    test('leaves the old object where a put broke off', async () => {
      const key = `${newPrefix()}1.json`
      await objects.put(key, Buffer.from('old'))

      await expect(objects.put(key, failing(Buffer.from('n'), new Error('broke off')))).rejects.toThrow('broke off')

      expect(await textOf(objects.read(key))).toBe('old')
    })

    test('does not share bytes with its callers', async () => {
      const key = `${newPrefix()}1.csv`
      const bytes = Buffer.from('abc')

      await objects.put(key, bytes)
      bytes.write('xyz')
      const read = await bytesOf(objects.read(key))
      read.write('uvw')

      expect(await textOf(objects.read(key))).toBe('abc')
    })

    test('deletes, and does not mind where there is nothing', async () => {
      const prefix = newPrefix()
      await objects.put(`${prefix}1.csv`, Buffer.from('a'))
      await objects.put(`${prefix}2.csv`, Buffer.from('b'))

      await objects.delete(`${prefix}1.csv`)
      await objects.delete(`${prefix}1.csv`)
      await objects.delete(`${newPrefix()}never/there.csv`)

      expect((await listed(objects, prefix)).map((object) => object.key)).toEqual([`${prefix}2.csv`])
      expect(await objects.create(`${prefix}1.csv`, Buffer.from('c'))).toBe(true)
    })

    test('lists by prefix in code point order, odd characters too', async () => {
      const prefix = newPrefix()
      const names = [
        'a/b.csv',
        'a-b.csv',
        'a.csv',
        'a b.csv',
        'a%20b.csv',
        'a+b&c=d.csv',
        "it's (1).csv",
        'Ä.csv',
        '～.csv',
        '😀.csv',
        '.hidden',
        'aux.csv',
        'what?*|<>":.csv',
        'back\\slash.csv',
        'ends in dot.',
        'ends in space ',
        'deep/er/and/deeper.csv',
      ]
      for (const name of names) await objects.put(prefix + name, Buffer.from(name))

      const keys = (await listed(objects, prefix)).map((object) => object.key)

      expect(keys).toEqual(names.map((name) => prefix + name).sort((a, b) => Buffer.from(a).compare(Buffer.from(b))))
      for (const name of names) expect(await textOf(objects.read(prefix + name))).toBe(name)
    })

    test('lists a prefix that ends within a name, and nothing beside it', async () => {
      const prefix = newPrefix()
      for (const name of ['oct.csv', 'oct/1.csv', 'october.csv', 'nov.csv']) {
        await objects.put(prefix + name, Buffer.from(name))
      }

      const keys = (await listed(objects, `${prefix}oct`)).map((object) => object.key)

      expect(keys).toEqual([`${prefix}oct.csv`, `${prefix}oct/1.csv`, `${prefix}october.csv`])
      expect(await listed(objects, `${prefix}oct/2`)).toEqual([])
      expect(await listed(objects, newPrefix())).toEqual([])
    })

    test('holds keys with very long names', async () => {
      const prefix = newPrefix()
      const names = [`${'ü'.repeat(180)}.csv`, `${'ü'.repeat(180)}.json`, 'ü'.repeat(100), `${'ü'.repeat(99)}ä`]
      for (const name of names) await objects.put(prefix + name, Buffer.from(name))

      const keys = (await listed(objects, prefix)).map((object) => object.key)

      expect(keys).toEqual(names.map((name) => prefix + name).sort((a, b) => Buffer.from(a).compare(Buffer.from(b))))
      for (const name of names) expect(await textOf(objects.read(prefix + name))).toBe(name)
    })

    test('tells when an object was stored', async () => {
      const key = `${newPrefix()}1.csv`

      await objects.put(key, Buffer.from('a'))

      const [object] = await listed(objects, key)
      expect(object?.modifiedMs).toBeGreaterThan(Date.UTC(2020, 0, 1))
    })

    test('reads a dropped object and its metadata, names in lower case', async () => {
      const bytes = randomBytes(300_000)
      const metadata = { Name: 'October%20%C3%BC', 'tag-names': 'a,b' }
      const drop = await store.drop(newDropKey(), bytes, metadata)

      expect(await objects.headDrop(drop)).toEqual({
        bytes: 300_000,
        metadata: { name: 'October%20%C3%BC', 'tag-names': 'a,b' },
      })
      expect(sha256(await bytesOf(objects.readDrop(drop)))).toBe(sha256(bytes))
    })

    test('reads a dropped object without metadata, an empty one, and one with an odd name', async () => {
      const empty = await store.drop(newDropKey('empty.csv'), new Uint8Array())
      const odd = await store.drop(newDropKey('Über (1) 100% + ~ #2.csv'), Buffer.from('odd'))

      expect(await objects.headDrop(empty)).toEqual({ bytes: 0, metadata: {} })
      expect(await textOf(objects.readDrop(empty))).toBe('')
      expect(await objects.headDrop(odd)).toEqual({ bytes: 3, metadata: {} })
      expect(await textOf(objects.readDrop(odd))).toBe('odd')
    })

    test('keeps the versions of one key apart', async () => {
      const key = newDropKey()
      const first = await store.drop(key, Buffer.from('first'), { name: '1' })
      const second = await store.drop(key, Buffer.from('second'))

      expect(second.version).not.toBe(first.version)
      expect(await textOf(objects.readDrop(first))).toBe('first')
      expect(await textOf(objects.readDrop(second))).toBe('second')
      expect((await objects.headDrop(first))?.metadata).toEqual({ name: '1' })
      expect((await objects.headDrop(second))?.metadata).toEqual({})
    })

    test('says that a dropped object is gone', async () => {
      const drop = await store.drop(newDropKey(), Buffer.from('a'))
      await store.lose(drop)

      expect(await objects.headDrop(drop)).toBeUndefined()
      await expect(bytesOf(objects.readDrop(drop))).rejects.toMatchObject({ code: 'object_missing' })
      await expect(objects.markDrop(drop, 'rejected')).resolves.toBeUndefined()
    })

    test('shows the end of a drop, again and again the same', async () => {
      const drop = await store.drop(newDropKey(), Buffer.from('text'), { name: 'x' })
      expect(await store.endOf(drop)).toBeUndefined()

      await Promise.all([objects.markDrop(drop, 'imported'), objects.markDrop(drop, 'imported')])
      await objects.markDrop(drop, 'imported')
      await Promise.all([objects.markDrop(drop, 'imported'), objects.markDrop(drop, 'imported')])

      expect(await store.endOf(drop)).toBe('imported')
      expect(await textOf(objects.readDrop(drop))).toBe('text')
      expect(await objects.headDrop(drop)).toEqual({ bytes: 4, metadata: { name: 'x' } })
    })

    test('changes the end of a drop that is undone', async () => {
      const drop = await store.drop(newDropKey(), Buffer.from('text'), { name: 'x' })

      for (const state of ['imported', 'undone'] as const) {
        await objects.markDrop(drop, state)
        expect(await store.endOf(drop)).toBe(state)
      }

      expect(await textOf(objects.readDrop(drop))).toBe('text')
      expect(await objects.headDrop(drop)).toEqual({ bytes: 4, metadata: { name: 'x' } })
    })

    test('marks drops of one key at the same time, each with its own end', async () => {
      const key = newDropKey()
      const drops: DropObject[] = []
      for (const text of ['a', 'b', 'c']) drops.push(await store.drop(key, Buffer.from(text)))

      await Promise.all(drops.map((drop) => objects.markDrop(drop, 'imported')))

      for (const [index, drop] of drops.entries()) {
        expect(await store.endOf(drop)).toBe('imported')
        expect(await textOf(objects.readDrop(drop))).toBe('abc'[index])
      }
    })
  })
}

export async function bytesOf(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  return Buffer.concat(await allOf(stream))
}

export async function textOf(stream: AsyncIterable<Uint8Array>): Promise<string> {
  return (await bytesOf(stream)).toString()
}

export async function allOf<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}

function listed(objects: ObjectStore, prefix: string) {
  return allOf(objects.list(prefix))
}

async function* pieces(...texts: string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text)
}

async function* failing(bytes: Uint8Array, error: Error): AsyncGenerator<Uint8Array> {
  yield bytes
  throw error
}

async function* cut(bytes: Uint8Array, sizes: number[]): AsyncGenerator<Uint8Array> {
  for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
    const size = sizes[turn % sizes.length] ?? 1
    yield bytes.subarray(at, at + size)
    at += size
  }
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
