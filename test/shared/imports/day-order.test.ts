import { expect, it } from 'vitest'
import { relayOf, source, World } from '../../support/world.ts'

const noon = (date: string) => Date.parse(`${date}T12:00:00Z`) / 1000

it('one date with a day above 12 settles the order for the whole file, above it too', async () => {
  const world = new World()
  const process = world.process()

  await world.drop(
    process,
    'inbox/nps/a.csv',
    'feedback_date,feedback\n03/04/2026 12:00,a\n25/03/2026 12:00,b\nsoon,c\n',
  )
  await world.drain(process)

  const [receipt] = await world.receipts()
  expect(receipt).toMatchObject({
    state: 'partial',
    rows: { read: 3, imported: 2, set_aside: 1 },
    problems: [{ row: 4, code: 'feedback_date_invalid' }],
  })
  const sent = world.cxi.imports.map((held) => JSON.stringify(held)).join()
  expect(sent).toContain(String(noon('2026-04-03')))
  expect(sent).toContain(String(noon('2026-03-25')))
})

it('leaves no file of set-aside rows where the order was all that they lacked', async () => {
  const world = new World()
  const process = world.process()

  await world.drop(process, 'inbox/nps/a.csv', 'feedback_date,feedback\n03/04/2026,a\n03/25/2026,b\n')
  await world.drain(process)

  expect(await world.receipts()).toMatchObject([{ state: 'imported', rows: { imported: 2, set_aside: 0 } }])
  expect(await world.keys('rejected/')).toEqual([])
})

it('settles it before all-or-nothing judges the file', async () => {
  const world = new World(relayOf([source('nps', { rows: 'all-or-nothing' })]))
  const process = world.process()

  await world.drop(process, 'inbox/nps/a.csv', 'feedback_date,feedback\n03/04/2026,a\n25/03/2026,b\n')
  await world.drain(process)

  expect(await world.receipts()).toMatchObject([{ state: 'imported', rows: { imported: 2 } }])
})
