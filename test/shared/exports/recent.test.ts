import { parse } from 'csv-parse/sync'
import { describe, expect, it } from 'vitest'
import type { CxiApi } from '../../../shared/cxi/api.ts'
import type { CxiResponse } from '../../../shared/cxi/types.ts'
import { createExportEngine } from '../../../shared/exports/engine.ts'
import { feedbackMs, readRecent, type Since } from '../../../shared/exports/read-recent.ts'
import { type RecentReceipt, storeRecent } from '../../../shared/exports/recent.ts'
import { account, Killed, Life, relayOf, World } from '../../support/world.ts'

const DAY_S = 86_400
const FIRST_S = Date.UTC(2026, 0, 1) / 1000

/** A response whose feedback date is its number of days after the first of January. */
const responseOf = (id: number, change: Partial<CxiResponse> = {}): CxiResponse => ({
  id,
  project_ids: [5],
  feedback: `answer ${id}`,
  translated_feedback: null,
  user_id: `u-${id}`,
  feedback_date: FIRST_S + id * DAY_S,
  score: 9,
  metric_type: 'nps',
  custom_properties: [],
  tags: [],
  sentiment: 'positive',
  wootric_response_id: null,
  wootric_account_id: 38,
  ...change,
})

/** CXI's list with its limits; `calls` are `<order> <page>`. */
class FakeList {
  responses: CxiResponse[]
  readonly calls: string[] = []

  constructor(count: number) {
    this.responses = Array.from({ length: count }, (_, index) => responseOf(index + 1))
  }

  api: Pick<CxiApi, 'listResponses'> = {
    listResponses: async ({ page = 1, per_page = 25, sort_order = 'desc' } = {}) => {
      await null
      this.calls.push(`${sort_order} ${page}`)
      if (page > 30 || per_page > 50) throw new Error('page does not have a valid value')
      const sign = sort_order === 'asc' ? 1 : -1
      const sorted = [...this.responses].sort((a, b) => sign * (feedbackMs(a) - feedbackMs(b)))
      return { total_count: sorted.length, items: sorted.slice((page - 1) * per_page, page * per_page) }
    },
  }
}

const ALL: Since = { id: null, dateMs: null }

describe('reading the newest responses', () => {
  it.each([0, 1, 49, 50, 1499, 1500, 1501, 2999, 3000])('gets all of %i, each once, by id', async (count) => {
    const list = new FakeList(count)

    const reading = await readRecent(list.api, ALL)

    expect(reading.responses.map(({ id }) => id)).toEqual(list.responses.map(({ id }) => id))
    expect(reading).toMatchObject({ total: count, reached: count, isComplete: true, gap: null })
  })

  it('of more than 3,000 says what it could not reach', async () => {
    const reading = await readRecent(new FakeList(3500).api, ALL)

    expect(reading).toMatchObject({ total: 3500, reached: 3000, isComplete: false })
    expect(reading.gap).toEqual({ fromMs: (FIRST_S + 1500 * DAY_S) * 1000, toMs: (FIRST_S + 2001 * DAY_S) * 1000 })
  })

  it('since a date reads no further than that, and is complete even of many', async () => {
    const list = new FakeList(5000)
    const dateMs = (FIRST_S + 4900 * DAY_S) * 1000

    const reading = await readRecent(list.api, { id: null, dateMs })

    expect(reading.responses.map(({ id }) => id)).toEqual(Array.from({ length: 101 }, (_, index) => 4900 + index))
    expect(reading.isComplete).toBe(true)
    expect(list.calls).toEqual(['desc 1', 'desc 2', 'desc 3'])
  })

  it('above an id finds old feedback that was imported late', async () => {
    const list = new FakeList(60)
    list.responses.push(responseOf(61, { feedback_date: FIRST_S - DAY_S }))

    const reading = await readRecent(list.api, { id: 60, dateMs: null })

    expect(reading.responses.map(({ id }) => id)).toEqual([61])
  })

  it.each([
    [1_790_000_000, 1_790_000_000_000],
    ['1790000000', 1_790_000_000_000],
    ['2026-10-01', Date.UTC(2026, 9, 1)],
    ['2026-10-01 15:45', Date.UTC(2026, 9, 1, 15, 45)],
    ['2026-10-01 15:45:10', Date.UTC(2026, 9, 1, 15, 45, 10)],
  ])('understands the feedback date %s', (feedback_date, ms) => {
    expect(feedbackMs({ feedback_date })).toBe(ms)
  })
})

/** A world with a schedule for the newest responses, every hour. */
function scheduled(count: number) {
  const relay = { ...relayOf([], [account('main')]), exports: [{ type: 'recent' as const, schedule: '0 * * * *' }] }
  const world = new World(relay)
  const list = new FakeList(count)
  const process = (life = new Life()) => {
    const deps = { ...world.process(life).deps, api: () => list.api as CxiApi }
    return { engine: createExportEngine(deps), deps }
  }
  const pass = async ({ engine }: ReturnType<typeof process>, hours: number) => {
    for (let minute = 0; minute < hours * 60; minute += 5) {
      for (let [record] = await world.due(); record; [record] = await world.due()) await engine.work(record)
      await world.clock.advance(5 * 60_000)
    }
  }
  const receipts = async () => {
    const keys = (await world.keys('exports/recent/')).filter((key) => key.endsWith('.json'))
    return Promise.all(keys.map(async (key) => JSON.parse(await world.text(key)) as RecentReceipt))
  }
  return { world, list, process, pass, receipts }
}

describe('the newest responses on a schedule', () => {
  it('are stored each once, with sentiment and tags', async () => {
    const { world, list, process, pass, receipts } = scheduled(3)
    const tag = { id: 93, name: 'TECHNICAL', display_name: 'T', description: null, mode: 'smart' as const }
    list.responses.push(
      responseOf(4, {
        feedback: 'a "quoted",\nlong one',
        sentiment: null,
        score: null,
        tags: [{ ...tag, sentiment: 'negative', text_match_terms: [], filter_rules: {} }],
        custom_properties: [
          { key: 'plan', data_type: 'string', value: 'Lite' },
          { key: 'score', data_type: 'string', value: '7' },
        ],
      }),
    )
    const home = process()
    await home.engine.plan()
    await pass(home, 3)
    list.responses.push(responseOf(5))
    await pass(home, 2)

    const found = await receipts()
    expect(found.map(({ rows, since, complete }) => ({ rows, since: since.id, complete }))).toEqual([
      { rows: 4, since: null, complete: true },
      { rows: 1, since: 4, complete: true },
    ])
    const [csv = '', ndjson = ''] = found[0]?.files ?? []
    expect(
      (await world.text(ndjson))
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual(list.responses.slice(0, 4))
    const rows = parse(await world.text(csv), { columns: true }) as Record<string, string>[]
    expect(rows[3]).toEqual({
      id: '4',
      feedback_date: '2026-01-05T00:00:00.000Z',
      user_id: 'u-4',
      score: '',
      metric_type: 'nps',
      feedback: 'a "quoted",\nlong one',
      translated_feedback: '',
      sentiment: '',
      tags: 'TECHNICAL',
      tag_sentiments: 'TECHNICAL: negative',
      project_ids: '5',
      plan: 'Lite',
      score_2: '7',
    })
  })

  it('that are too many to be reached are said to be', async () => {
    const { world, process, pass, receipts } = scheduled(3100)
    const home = process()
    await home.engine.plan()

    await pass(home, 2)

    const [receipt] = await receipts()
    expect(receipt).toMatchObject({ rows: 3000, total: 3100, reached: 3000, complete: false })
    expect(receipt?.message).toContain('100 others')
    expect(world.logger.events()).toContain('recent.incomplete')
  })

  it('are all stored, and none twice, whenever the process is killed', { timeout: 60_000 }, async () => {
    const live = async (endsAt: number) => {
      const { list, process, pass, receipts } = scheduled(3)
      const life = new Life(endsAt)
      const mortal = process(life)
      try {
        await mortal.engine.plan()
        await pass(mortal, 2)
      } catch (error) {
        if (!(error instanceof Killed)) throw error
      }
      list.responses.push(responseOf(4))
      const heir = process()
      await heir.engine.plan()
      await pass(heir, 4)
      return { found: await receipts(), touches: life.touches }
    }
    const { touches } = await live(Number.POSITIVE_INFINITY)
    expect(touches).toBeGreaterThan(20)

    for (let endsAt = 1; endsAt < touches; endsAt++) {
      const { found } = await live(endsAt)

      expect(
        found.reduce((sum, { rows }) => sum + rows, 0),
        `touch ${endsAt}`,
      ).toBe(4)
      expect(found.at(-1)?.newest_id).toBe(4)
    }
  })

  it('read by hand since a date do not count as read for the schedule', async () => {
    const { process, pass, receipts } = scheduled(3)
    const home = process()
    await home.engine.plan()
    const atMs = home.deps.clock.now()
    const request = { id: 'by-hand', atMs, isNext: false, since: { id: null, dateMs: (FIRST_S + 2 * DAY_S) * 1000 } }

    await storeRecent(home.deps, account('main'), request)
    await pass(home, 2)

    expect((await receipts()).map(({ rows }) => rows)).toEqual([2, 3])
  })
})
