import { randomBytes } from 'node:crypto'
import { QueryCommand, ScanCommand } from '@aws-sdk/client-dynamodb'
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest'
import type { BufferedResponse, ResponseContent, Revision } from '../../shared/ports.ts'
import { clientsOf } from './clients.ts'
import { openResponses } from './response-table.ts'

const SCOPE = { identity: 'main@https://cxi.test', source: 'nps' }
const SENT = 'responses/sent/'
const LARGE = 'responses/large/'

const never = (): Revision => {
  throw new Error('There is nothing to revise.')
}
const contentOf = (content: Uint8Array, change: Partial<ResponseContent> = {}): ResponseContent => ({
  content,
  bytes: 2 * content.length,
  hash: `${content.length}`,
  order: null,
  settledAtMs: 1000,
  ...change,
})
const SMALL = contentOf(Buffer.from('a small one'))
const large = () => contentOf(randomBytes(300_000))

let opened: Awaited<ReturnType<typeof openResponses>>
const contentIn = async (id: string) => (await opened.buffer.read(SCOPE, [id]))[0]?.content
const join = (ids: string[], owner: string) =>
  opened.buffer.join(
    SCOPE,
    ids.map((id) => [id, 1] as const),
    owner,
  )

beforeEach(async () => {
  opened = await openResponses(inject('endpoint'), () => clientsOf(inject('endpoint')).dynamo)
})

afterEach(() => opened.close())

describe('a content larger than an item', () => {
  test('waits in the bucket, and is read, replaced and sent whole', async () => {
    const [one, two] = [large(), large()]

    await opened.buffer.put(SCOPE, 'a', one, never)
    const seen: BufferedResponse[] = []
    await opened.buffer.put(SCOPE, 'a', two, (existing) => {
      seen.push(existing)
      return two
    })
    const keysBefore = await opened.keys(LARGE)
    await opened.buffer.join(SCOPE, [['a', 2]], 'batch-1')

    expect(Buffer.compare(seen[0]?.content ?? Buffer.alloc(0), one.content)).toBe(0)
    expect(keysBefore).toHaveLength(1)
    expect(await opened.keys(LARGE)).toEqual([])
    expect(Buffer.compare((await contentIn('a')) ?? Buffer.alloc(0), two.content)).toBe(0)
  })

  test('leaves nothing behind where it is the same again', async () => {
    const content = large()
    await opened.buffer.put(SCOPE, 'a', content, never)

    await opened.buffer.put(SCOPE, 'a', content, () => 'duplicate')

    expect(await opened.keys(LARGE)).toHaveLength(1)
  })

  test('waits again as it was when its owner lets go of it', async () => {
    const content = large()
    await opened.buffer.put(SCOPE, 'a', content, never)
    await join(['a'], 'batch-1')

    await opened.buffer.release(SCOPE, 'batch-1', 500)

    expect(await opened.buffer.settled(SCOPE, 1000, 10)).toEqual([{ id: 'a', version: 3, bytes: 600_000 }])
    expect(Buffer.compare((await contentIn('a')) ?? Buffer.alloc(0), content.content)).toBe(0)
  })
})

describe('what was sent', () => {
  test('lies in one object for all that went together, and nowhere else', async () => {
    const ids = Array.from({ length: 120 }, (_, at) => `response ${at}`)
    for (const id of ids) await opened.buffer.put(SCOPE, id, contentOf(Buffer.from(`said in ${id}`)), never)

    const joined = await join(ids, 'batch-1')

    const found = await opened.buffer.read(SCOPE, ids)
    expect(joined).toEqual(ids)
    expect(found.map(({ content }) => Buffer.from(content ?? []).toString())).toEqual(ids.map((id) => `said in ${id}`))
    expect(await opened.keys(SENT)).toHaveLength(1)
    const { Items = [] } = await opened.client.send(new ScanCommand({ TableName: opened.table }))
    expect(Items.filter(({ content }) => content)).toEqual([])
    expect(Items.filter(({ waitScope }) => waitScope)).toEqual([])
  })

  test('is remembered when its content is kept no longer, and forgotten with its owner', async () => {
    await opened.buffer.put(SCOPE, 'a', SMALL, never)
    await join(['a'], 'batch-1')

    await opened.expire(SENT)
    const [kept] = await opened.buffer.read(SCOPE, ['a'])
    const again = await opened.buffer.put(SCOPE, 'a', contentOf(Buffer.from('another')), ({ owner, content }) =>
      owner === 'batch-1' && content === null ? 'late' : 'duplicate',
    )
    await opened.buffer.release(SCOPE, 'batch-1', 500)

    expect(kept).toMatchObject({ owner: 'batch-1', content: null })
    expect(again).toBe('late')
    expect(await opened.buffer.read(SCOPE, ['a'])).toEqual([])
  })

  test('costs no reading of its content when it is delivered again', async () => {
    await opened.buffer.put(SCOPE, 'a', SMALL, never)
    await join(['a'], 'batch-1')
    const seen: (Uint8Array | null)[] = []

    await opened.buffer.put(SCOPE, 'a', SMALL, ({ content }) => {
      seen.push(content)
      return 'duplicate'
    })

    expect(seen).toEqual([null])
  })

  test('is not shown as settled again by the process that joined it', async () => {
    await opened.buffer.put(SCOPE, 'a', SMALL, never)
    const send: (command: never) => Promise<unknown> = opened.client.send.bind(opened.client)
    const { Items: lagging = [] } = await opened.client.send(new ScanCommand({ TableName: opened.table }))
    const [before] = await opened.buffer.settled(SCOPE, 1000, 10)
    await join(['a'], 'batch-1')
    // The index shows the response as it was a moment ago.
    opened.client.send = (async (command: QueryCommand) =>
      command instanceof QueryCommand ? { Items: lagging } : send(command as never)) as typeof opened.client.send

    const shown = await opened.buffer.settled(SCOPE, 1000, 10)

    expect([before?.id, shown]).toEqual(['a', []])
  })
})

describe('an owner of hundreds', () => {
  test('lets go of all of them, and only of its own', async () => {
    const ids = Array.from({ length: 250 }, (_, at) => `row ${at}`)
    await opened.buffer.claim(SCOPE, ids.slice(0, 5), 'drop-0')

    const owners = await opened.buffer.claim(SCOPE, ids, 'drop-1')
    await opened.buffer.release(SCOPE, 'drop-1', 500)
    const again = await opened.peer.claim(SCOPE, ids, 'drop-2')

    expect(owners).toEqual(new Map(ids.slice(0, 5).map((id) => [id, 'drop-0'])))
    expect(again).toEqual(owners)
  })

  test('shares rows with another that claims the same at the same time, none of them twice', async () => {
    const ids = Array.from({ length: 120 }, (_, at) => `row ${at}`)
    for (const id of ids.slice(0, 40)) await opened.buffer.put(SCOPE, id, SMALL, never)

    const [one, two] = await Promise.all([
      opened.buffer.claim(SCOPE, ids, 'drop-1'),
      opened.peer.claim(SCOPE, [...ids].reverse(), 'drop-2'),
    ])

    expect(one.size + two.size).toBe(ids.length)
    for (const [id, owner] of one) expect([owner, two.has(id)]).toEqual(['drop-2', false])
  })
})

test('an id of any length and signs is its own', async () => {
  const ids = ['#', 'a#b', 'ü'.repeat(200), 'x'.repeat(3000), `${'x'.repeat(2999)}y`]
  for (const id of ids) await opened.buffer.put(SCOPE, id, contentOf(Buffer.from(id)), never)

  const settled = await opened.buffer.settled(SCOPE, 1000, 10)
  const joined = await join(ids, 'batch-1')

  expect(settled.map(({ id }) => id).sort()).toEqual([...ids].sort())
  expect(joined).toEqual(ids)
  for (const id of ids) expect(Buffer.from((await contentIn(id)) ?? []).toString()).toBe(id)
})
