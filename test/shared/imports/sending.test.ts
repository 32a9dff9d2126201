import { describe, expect, it } from 'vitest'
import { atMost } from '../../../local/at-most.ts'
import { CxiError } from '../../../shared/cxi/errors.ts'
import { readArrival } from '../../../shared/imports/store-access.ts'
import { extent } from '../../support/extent.ts'
import { csvOf, relayOf, source, World } from '../../support/world.ts'

const small = (rowsPerPart: number) => csvOf(rowsPerPart).length + 20

async function dropped(rows = 3, change: (world: World) => void = () => undefined) {
  const world = new World()
  change(world)
  const process = world.process()
  await world.drop(process, 'inbox/nps/oct.csv', csvOf(rows))
  return { world, process }
}

describe('sending a drop', () => {
  it('uploads a small file once, describes it and writes its receipt', async () => {
    const { world, process } = await dropped()

    await world.drain(process)

    expect(world.cxi.calls).toEqual(['POST import', 'PUT import'])
    expect(world.cxi.imports).toMatchObject([{ name: 'oct.csv', response_count: 3 }])
    expect(await world.receipt()).toMatchObject({
      drop: 'inbox/nps/oct.csv',
      source: 'nps',
      state: 'imported',
      rows: { read: 3, imported: 3, set_aside: 0, duplicate: 0, skipped: 0 },
      parts: [{ part: 1, import_id: 1, rows: 3, state: 'described' }],
      import: { name: 'oct.csv', tag_names: [], project_ids: [] },
      error: null,
      duplicate_of: null,
    })
    expect(world.objects.ends.get('inbox/nps/oct.csv')).toBe('imported')
    const { arrival } = await world.receipt()
    expect((await readArrival(process.deps, arrival))?.value).toMatchObject({ state: 'finished', end: 'imported' })
  })

  it('uploads no more parts at once than its home gives turns, however many it works on', async () => {
    const { world, process } = await dropped(50, (w) => {
      w.maxPartBytes = 500
    })
    let uploading = 0
    let most = 0
    world.cxi.onUpload = async () => {
      uploading += 1
      most = Math.max(most, uploading)
      await new Promise((resolve) => setImmediate(resolve))
      uploading -= 1
    }
    process.deps.inTurn = atMost(2)
    for (let done = 0; done < 2; done++) {
      const [record] = await world.due()
      if (record) await process.engine.work(record)
    }

    await Promise.all((await world.ledger.due(world.clock.now(), 100)).map((record) => process.engine.work(record)))
    await world.drain(process)

    expect(most).toBe(2)
    expect(world.cxi.rows()).toHaveLength(50)
    expect(new Set(world.cxi.rows()).size).toBe(50)
  })

  it('cuts a larger file into parts named by number, every row in one of them', async () => {
    const { world, process } = await dropped(50, (w) => {
      w.maxPartBytes = small(12)
    })

    await world.drain(process)

    const of = world.cxi.imports.length
    expect(of).toBeGreaterThan(3)
    expect(world.cxi.imports.map(({ name }) => name).sort()).toEqual(
      Array.from({ length: of }, (_, index) => `oct.csv (${index + 1} of ${of})`),
    )
    expect(new Set(world.cxi.rows()).size).toBe(50)
    expect(world.cxi.rows()).toHaveLength(50)
  })

  it('confirms CXI’s own count later, deletes the stored part and says so in the receipt', async () => {
    const { world, process } = await dropped()

    await world.pass(process, 60)

    expect(await world.receipt()).toMatchObject({ state: 'imported', parts: [{ state: 'confirmed' }] })
    expect(await world.keys('parts/')).toEqual([])
    await world.pass(process, 3 * 86_400)
    expect(await world.ledger.due(Number.MAX_SAFE_INTEGER, 10)).toEqual([])
  })

  it('alarms after a day when CXI counts something else', async () => {
    const { world, process } = await dropped(3, (w) => {
      w.cxi.miscount = -1
    })

    await world.pass(process, 26 * 3600)

    expect(world.logger.events()).toContain('import.mismatch')
    expect(await world.receipt()).toMatchObject({ parts: [{ state: 'mismatch' }] })
    expect(await world.keys('parts/')).toHaveLength(1)
  })

  it('ends a part as mismatch, never sent again, where its import is gone before it is described', async () => {
    const { world, process } = await dropped()
    world.cxi.describeFaults.push(404)

    await world.rest(process)

    expect(world.logger.events()).toContain('import.gone')
    expect(world.cxi.count('POST import')).toBe(1)
    expect(await world.receipt()).toMatchObject({ state: 'imported', parts: [{ import_id: 1, state: 'mismatch' }] })
  })

  it.each([400, 409, 422])(
    'describes an import again until CXI takes it, with one alarm, after a %i',
    async (status) => {
      const { world, process } = await dropped()
      world.cxi.describeFaults.push(status, status, status)

      await world.pass(process, 120)

      expect(world.logger.events().filter((event) => event === 'import.metadata_refused')).toHaveLength(1)
      expect(world.cxi.count('PUT import')).toBe(4)
      expect(world.cxi.imports).toMatchObject([{ name: 'oct.csv' }])
      expect(await world.receipt()).toMatchObject({ state: 'imported', parts: [{ state: 'confirmed' }] })
    },
  )

  it('waits with an alarm after a defect, however often, and goes on when it is mended', async () => {
    const { world, process } = await dropped()
    const { api } = process.deps
    const defect = () => Promise.reject(new TypeError('a defect'))
    process.deps.api = (account) => ({ ...api(account), createImport: defect })
    await world.pass(process, 6 * 3600)
    process.deps.api = api

    await world.pass(process, 3600)

    expect(world.logger.events().filter((event) => event === 'step.failed')).toHaveLength(1)
    expect(await world.receipt()).toMatchObject({ state: 'imported' })
  })

  it('creates the tags and projects that CXI lacks once, also for drops of two processes', async () => {
    const world = new World(
      relayOf([source('nps', { import: { tag_names: ['q4', 'Vip'], projects: ['Enterprise'] } })]),
    )
    world.cxi.tags.push('VIP')
    const [one, two] = [world.process(), world.process()]
    await world.drop(one, 'inbox/nps/a.csv', csvOf(2))
    await world.drop(two, 'inbox/nps/b.csv', csvOf(2, 10))

    await Promise.all([world.drain(one), world.drain(two)])
    await world.pass(one, 30)

    expect(world.cxi.tags).toEqual(['VIP', 'Q4'])
    expect(world.cxi.projects).toHaveLength(1)
    for (const { metadata } of world.cxi.imports)
      expect(metadata).toMatchObject({ tag_names: ['Q4', 'VIP'], project_ids: [1] })
  })

  it.each(['tag', 'project'])('creates a %s once though its answer was lost, five minutes later', async (kind) => {
    const named = kind === 'tag' ? { tag_names: ['Q4'] } : { projects: ['Enterprise'] }
    const world = new World(relayOf([source('nps', { import: named })]))
    const process = world.process()
    const { api } = process.deps
    const lost = () =>
      Promise.reject(new CxiError('cxi_no_answer', 'No answer.', { outcome: 'unknown', retryable: true }))
    process.deps.api = (of) => ({ ...api(of), createTag: lost, createProject: lost })
    await world.drop(process, 'inbox/nps/oct.csv', csvOf(2))
    await world.drain(process)
    process.deps.api = api

    await world.pass(process, 290)
    const early = world.cxi.tags.length + world.cxi.projects.length
    if (kind === 'tag') world.cxi.tags.push('Q4')
    await world.pass(process, 400)

    expect(early).toBe(0)
    expect(world.cxi.tags.length + world.cxi.projects.length).toBe(1)
    expect(await world.receipt()).toMatchObject({ state: 'imported' })
  })

  it('rejects a drop whose tag CXI lacks when nothing may be created, before anything is sent', async () => {
    const world = new World(relayOf([source('nps', { import: { tag_names: ['NEW'], createMissing: false } })]))
    const process = world.process()
    await world.drop(process, 'inbox/nps/oct.csv', csvOf(2))

    await world.drain(process)

    expect(world.cxi.count('POST import')).toBe(0)
    expect(await world.receipt()).toMatchObject({ state: 'rejected', error: { code: 'metadata_invalid' } })
  })

  it('waits while credentials are refused, with one alarm, and goes on by itself', async () => {
    const { world, process } = await dropped()
    world.cxi.trouble = new CxiError('token_refused', 'The credentials of cxi-relay/main were refused.', {
      outcome: 'not_sent',
      retryable: true,
      status: 401,
    })

    await world.pass(process, 1800)
    const alarms = world.logger.lines.filter(({ level }) => level === 'alarm')
    world.cxi.trouble = undefined
    await world.pass(process, 120)

    expect(alarms).toMatchObject([{ event: 'account.trouble', fields: { code: 'token_refused' } }])
    expect(world.logger.events()).toContain('account.recovered')
    expect(world.cxi.imports).toHaveLength(1)
    expect(await world.receipt()).toMatchObject({ state: 'imported' })
  })

  it('survives days without CXI and sends each part once afterwards', async () => {
    const { world, process } = await dropped(20, (w) => {
      w.maxPartBytes = small(12)
      w.cxi.trouble = new CxiError('cxi_unreachable', 'No connection.', { outcome: 'not_sent', retryable: true })
    })

    await world.pass(process, extent(1, 4) * 86_400)
    world.cxi.trouble = undefined
    await world.pass(process, 3600)

    expect(world.cxi.rows().sort()).toEqual([...new Set(world.cxi.rows())].sort())
    expect(world.cxi.rows()).toHaveLength(20)
    expect(world.cxi.count('POST import')).toBe(world.cxi.imports.length)
  })

  it.each([429, 403, 404, 409, 424])(
    'takes a status %i for the account’s state, never for the drop’s fault',
    async (status) => {
      const { world, process } = await dropped()
      world.cxi.faults.push({ status })

      await world.pass(process, 300)

      expect(world.cxi.imports).toHaveLength(1)
      expect(await world.receipt()).toMatchObject({ state: 'imported' })
    },
  )
})

describe('FC-08 a part that CXI always answers with 500', () => {
  const poisoned = `${csvOf(2)}1790000000,9,poison,user-9\n`

  async function beside(change: (world: World) => void = () => undefined) {
    const world = new World()
    change(world)
    world.cxi.onUpload = (upload) => {
      if (Buffer.from(upload.bytes).includes('poison')) {
        world.cxi.faults.unshift({ status: 500, message: 'Something went wrong for [address]' })
      }
    }
    const process = world.process()
    await world.drop(process, 'inbox/nps/bad.csv', poisoned)
    await world.drain(process)
    await world.drop(process, 'inbox/nps/good.csv', csvOf(3, 20))
    return { world, process }
  }

  it('holds up no other drop of the account, and an alarm names it', async () => {
    const { world, process } = await beside()

    await world.pass(process, 120)
    const soon = world.cxi.imports.map(({ name }) => name)
    await world.pass(process, 600)

    expect(soon).toEqual(['good.csv'])
    const alarm = world.logger.lines.find(({ event }) => event === 'import.server_error')
    expect(alarm).toMatchObject({ level: 'alarm', fields: { part: 'bad.csv', status: 500 } })
  })

  it('is refused after eight times, while another drop was accepted after the first of them', async () => {
    const { world, process } = await beside()

    await world.pass(process, 3 * 3600)

    const bad = (await world.receipts()).find(({ drop }) => drop.endsWith('bad.csv'))
    expect(bad).toMatchObject({ state: 'rejected', error: { code: 'refused_by_cxi' }, rows: { set_aside: 3 } })
    expect(bad?.problems[0]?.message).toContain('Something went wrong')
    expect(world.cxi.count('POST import')).toBe(8 + 1)
    expect(await world.keys('rejected/')).toHaveLength(1)
  })

  it('is tried for days where CXI accepts nothing else either', async () => {
    const world = new World()
    world.cxi.onUpload = () => void world.cxi.faults.unshift({ status: 500 })
    const process = world.process()
    await world.drop(process, 'inbox/nps/one.csv', csvOf(3))
    await world.drop(process, 'inbox/nps/two.csv', csvOf(3, 20))
    await world.pass(process, 2 * 86_400)
    world.cxi.onUpload = undefined

    await world.pass(process, 2 * 3600)

    expect((await world.receipts()).map(({ state }) => state)).toEqual(['imported', 'imported'])
    expect(world.cxi.rows()).toHaveLength(6)
  })

  it('is not taken for refused after answers of a load balancer', async () => {
    const { world, process } = await dropped()
    for (let i = 0; i < 12; i++) world.cxi.faults.push({ status: 502 + (i % 3) })
    await world.pass(process, 12 * 3600)

    expect(await world.receipt()).toMatchObject({ state: 'imported' })
  })

  it('takes the drop’s other parts back where the source wants all rows or none', async () => {
    const { world, process } = await beside((w) => {
      w.relay = relayOf([source('nps', { rows: 'all-or-nothing' })])
      w.maxPartBytes = 90
    })

    await world.pass(process, 4 * 3600)

    const bad = (await world.receipts()).find(({ drop }) => drop.endsWith('bad.csv'))
    expect(bad).toMatchObject({ state: 'rejected', rows: { imported: 0 } })
    expect(bad?.parts.map(({ state }) => state)).toContain('deleted')
    expect(world.cxi.imports.filter(({ name }) => name.startsWith('bad'))).toEqual([])
  })
})

describe('a part that CXI refuses', () => {
  it('has its rows set aside with CXI’s words, while the other parts are imported', async () => {
    const { world, process } = await dropped(30, (w) => {
      w.maxPartBytes = small(12)
      w.cxi.faults.push({ status: 422, message: 'row 4: bad date' })
    })

    await world.drain(process)

    const receipt = await world.receipt()
    const refused = receipt.parts.find(({ state }) => state === 'refused')
    expect(receipt).toMatchObject({ state: 'partial', rows: { read: 30, imported: 30 - (refused?.rows ?? 0) } })
    expect(receipt.rows.set_aside).toBe(refused?.rows)
    expect(receipt.problems[0]).toMatchObject({ code: 'refused_by_cxi', message: expect.stringContaining('bad date') })
    const [key = ''] = await world.keys('rejected/')
    const lines = (await world.text(key)).trimEnd().split('\n')
    expect(lines).toHaveLength(1 + (refused?.rows ?? 0))
    expect(lines.slice(1).filter((line) => world.cxi.rows().some((row) => line.includes(row.slice(11))))).toEqual([])
  })

  it('takes the parts sent before back where the source wants all rows or none', async () => {
    const { world, process } = await dropped(30, (w) => {
      w.relay = relayOf([source('nps', { rows: 'all-or-nothing' })])
      w.maxPartBytes = small(12)
      w.cxi.onUpload = () => {
        if (w.cxi.count('POST import') === 2) w.cxi.faults.push({ status: 400, message: 'no' })
      }
    })

    await world.pass(process, 300)

    expect(world.cxi.imports).toEqual([])
    expect(await world.receipt()).toMatchObject({
      state: 'rejected',
      rows: { imported: 0 },
      error: { code: 'refused_by_cxi' },
    })
    expect(world.objects.ends.get('inbox/nps/oct.csv')).toBe('rejected')
  })
})
