import { describe, expect, it } from 'vitest'
import { startUndo } from '../../../shared/imports/undo.ts'
import { statusOf, WebhookWorld } from '../../support/webhook-world.ts'

const csv = (...ids: (string | number)[]) =>
  ['feedback_date,score,feedback,response_id', ...ids.map((id) => `1790000000,9,answer ${id},${id}`), ''].join('\n')
const response = (id: string | number) => ({
  id: String(id),
  feedback_date: 1790000000,
  score: 9,
  feedback: `hook ${id}`,
})

async function receiptOf(world: WebhookWorld, name: string) {
  return (await world.receipts()).find(({ drop }) => drop.includes(name))
}

describe('rows of a source that compares them', () => {
  it('are sent once when they came by webhook and come again in the tool’s export', async () => {
    const world = new WebhookWorld()
    const process = world.process()
    await world.deliver(process, [response(1), response(2)])
    await world.passMinutes(process, 3)

    await world.drop(process, 'inbox/nps/export.csv', csv(1, 2, 3))
    await world.passMinutes(process, 3)

    expect(world.cxi.rows()).toHaveLength(3)
    const receipt = await receiptOf(world, 'export.csv')
    expect(receipt).toMatchObject({
      state: 'imported',
      rows: { read: 3, imported: 1, set_aside: 0, duplicate: 2, skipped: 0 },
      duplicate_of: expect.stringMatching(/^receipts\/nps\/[0-9a-f]{32}\.\d{8}T/),
    })
  })

  it('are sent once when the export comes while the responses still wait', async () => {
    const world = new WebhookWorld()
    const process = world.process()
    await world.deliver(process, [response(1), response(2)])
    await world.drop(process, 'inbox/nps/export.csv', csv(1))
    await world.passMinutes(process, 3)

    const again = await world.deliver(process, response(1))

    expect(world.cxi.rows().sort()).toEqual(['1790000000,9,answer 1,1', '1790000000,9,hook 2,,2'])
    expect(statusOf(again)).toBe('200 duplicate')
  })

  it('are a duplicate file when all of them were sent', async () => {
    const world = new WebhookWorld()
    const process = world.process()
    await world.drop(process, 'inbox/nps/september.csv', csv(1, 2))
    await world.passMinutes(process, 1)

    await world.drop(process, 'inbox/nps/again.csv', `${csv(2, 1)}\n`)
    await world.passMinutes(process, 1)

    expect(world.cxi.imports).toHaveLength(1)
    expect(await receiptOf(world, 'again.csv')).toMatchObject({
      state: 'duplicate',
      rows: { read: 2, imported: 0, duplicate: 2 },
      duplicate_of: expect.stringMatching(/^receipts\/nps\/september\.csv\./),
    })
    expect(world.objects.ends.get('inbox/nps/again.csv')).toBe('duplicate')
  })

  it('may come again after their drop was undone', async () => {
    const world = new WebhookWorld()
    const process = world.process()
    await world.drop(process, 'inbox/nps/september.csv', csv(1, 2))
    await world.passMinutes(process, 1)
    await world.drop(process, 'inbox/nps/again.csv', csv(2, 1))
    await world.passMinutes(process, 1)

    await startUndo(process.deps, (await receiptOf(world, 'september.csv'))?.id ?? '')
    await world.passMinutes(process, 1)
    await world.drop(process, 'inbox/nps/third.csv', csv(2, 1))
    await world.passMinutes(process, 1)

    expect(world.cxi.rows()).toHaveLength(2)
    expect(await receiptOf(world, 'third.csv')).toMatchObject({ state: 'imported', rows: { imported: 2 } })
  })

  it('are let go when their file is rejected at its last line, and a waiting response goes its own way', async () => {
    const world = new WebhookWorld()
    const process = world.process()
    await world.deliver(process, response(1))
    await world.drop(process, 'inbox/nps/broken.csv', `${csv(1, 2)}1790000000,9,"never closed`)
    await world.passMinutes(process, 3)

    await world.drop(process, 'inbox/nps/whole.csv', csv(1, 2))
    await world.passMinutes(process, 3)

    expect(await receiptOf(world, 'broken.csv')).toMatchObject({ state: 'rejected' })
    expect(world.cxi.rows().sort()).toEqual(['1790000000,9,answer 2,2', '1790000000,9,hook 1,,1'])
  })

  it('that were set aside are not claimed, and come in when they are mended', async () => {
    const world = new WebhookWorld()
    const process = world.process()
    await world.drop(process, 'inbox/nps/a.csv', csv(1, 2).replace('1790000000,9,answer 2', 'never,9,answer 2'))
    await world.passMinutes(process, 1)

    await world.drop(process, 'inbox/nps/mended.csv', csv(2))
    await world.passMinutes(process, 1)

    expect(world.cxi.rows()).toHaveLength(2)
  })

  it('that CXI refused are let go, and come in when they are mended', async () => {
    const world = new WebhookWorld()
    const process = world.process()
    world.cxi.faults.push({ status: 422, message: 'no' })
    await world.drop(process, 'inbox/nps/a.csv', csv(1, 2))
    await world.passMinutes(process, 1)

    await world.drop(process, 'inbox/nps/mended.csv', csv(1, 2).replace('answer 1', 'mended 1'))
    await world.passMinutes(process, 1)

    expect(await receiptOf(world, 'a.csv')).toMatchObject({ state: 'rejected', rows: { set_aside: 2 } })
    expect(world.cxi.rows()).toHaveLength(2)
  })

  it('of one part of a batch that CXI refused are let go, and come in when they are mended', async () => {
    const world = new WebhookWorld()
    world.maxPartBytes = 250
    const process = world.process()
    const ids = Array.from({ length: 20 }, (_, at) => 100 + at)
    await world.deliver(process, ids.map(response))
    world.cxi.faults.push({ status: 422, message: 'no' })
    await world.passMinutes(process, 10)
    const receipt = await receiptOf(world, 'webhook/nps/')
    const sent = world.cxi.rows().length

    await world.drop(process, 'inbox/nps/mended.csv', csv(...ids).replaceAll('answer', 'mended'))
    await world.passMinutes(process, 10)

    expect(receipt).toMatchObject({ state: 'partial', rows: { imported: sent } })
    expect(receipt?.rows?.set_aside).toBeGreaterThan(0)
    const users = world.cxi.rows().map((row) => row.split(',')[4] || row.split(',')[3])
    expect(users.sort()).toEqual(ids.map(String))
  })

  it('are sent once by two files with some of the same rows that are read at once', async () => {
    const world = new WebhookWorld()
    const [one, other] = [world.process(), world.process()]
    await world.drop(one, 'inbox/nps/a.csv', csv(...Array.from({ length: 4000 }, (_, at) => at)))
    await world.drop(one, 'inbox/nps/b.csv', csv(...Array.from({ length: 4000 }, (_, at) => 5999 - at)))
    const due = await world.ledger.due(world.clock.now(), 10)

    await Promise.all(due.map((record, at) => (at === 0 ? one : other).engine.work(record)))
    await world.passMinutes(one, 10)

    expect(world.cxi.rows()).toHaveLength(6000)
    expect(new Set(world.cxi.rows().map((row) => row.split(',')[3])).size).toBe(6000)
  })

  it('FC-02 with ids that a spreadsheet has damaged are sent, since such ids tell nothing', async () => {
    const world = new WebhookWorld()
    const process = world.process()
    await world.deliver(process, response(1))
    await world.passMinutes(process, 3)
    const damaged = (...answers: string[]) =>
      [
        'feedback_date,score,feedback,response_id',
        ...answers.map((answer) => `1790000000,9,${answer},1.18E+11`),
        '',
      ].join('\n')
    await world.drop(process, 'inbox/nps/may.csv', damaged('a', 'b', 'c'))
    await world.passMinutes(process, 1)
    await world.drop(process, 'inbox/nps/june.csv', damaged('d', 'e'))
    await world.passMinutes(process, 1)

    expect(await receiptOf(world, 'may.csv')).toMatchObject({ rows: { imported: 3, duplicate: 0, unclaimed: 3 } })
    expect(await receiptOf(world, 'june.csv')).toMatchObject({ rows: { imported: 2, duplicate: 0, unclaimed: 2 } })
    expect(world.cxi.rows()).toHaveLength(6)
  })

  it('compare nothing where the source says so', async () => {
    const world = new WebhookWorld('generic', { dedupe: 'none' })
    const process = world.process()
    await world.drop(process, 'inbox/nps/a.csv', csv(1))
    await world.drop(process, 'inbox/nps/b.csv', csv(1, 2))
    await world.passMinutes(process, 1)

    expect(world.cxi.rows()).toHaveLength(3)
  })
})
