import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { DateReader, type DateRules } from '../../../shared/feedback/dates.ts'
import { NO_COUNTS } from '../../../shared/feedback/types.ts'
import { cutText, NOW_MS } from './cut-text.ts'

function read(value: string, rules: DateRules = {}): string {
  const date = new DateReader(rules).read(value)
  return typeof date === 'number' ? new Date(date * 1000).toISOString().replace('.000Z', 'Z') : date
}

describe('dates', () => {
  it.each([
    ['2020-07-16 15:45:00', '2020-07-16T15:45:00Z'],
    ['2020-07-16 15:45', '2020-07-16T15:45:00Z'],
    ['2020-07-16', '2020-07-16T00:00:00Z'],
    ['1594914300', '2020-07-16T15:45:00Z'],
    ['1594914300000', '2020-07-16T15:45:00Z'],
    ['1594914300.0', '2020-07-16T15:45:00Z'],
    ['2020-07-16T15:45:00Z', '2020-07-16T15:45:00Z'],
    ['2020-07-16T15:45:00.123456Z', '2020-07-16T15:45:00Z'],
    ['2020-07-16T15:45:00+02:00', '2020-07-16T13:45:00Z'],
    ['2020-07-16T15:45:00-0730', '2020-07-16T23:15:00Z'],
    ['2016-08-04 13:57:26 -0700', '2016-08-04T20:57:26Z'],
    ['2020-07-16 15:45:00 UTC', '2020-07-16T15:45:00Z'],
    ['20200716T154500Z', '2020-07-16T15:45:00Z'],
    ['2019/10/01 10:44:12 AM GMT+1', '2019-10-01T09:44:12Z'],
    ['12/31/2020 12:05:00 AM', '2020-12-31T00:05:00Z'],
    ['31/12/2020 12:05 PM', '2020-12-31T12:05:00Z'],
    ['31.12.20 7:05', '2020-12-31T07:05:00Z'],
    ['04.03.2020', '2020-03-04T00:00:00Z'],
    ['05/05/2020', '2020-05-05T00:00:00Z'],
    ['23rd January 2023', '2023-01-23T00:00:00Z'],
    ['Jan 23, 2023, 3:04\u202fPM', '2023-01-23T15:04:00Z'],
    ['Tue, 24 Nov 2026 06:00:00 GMT', '2026-11-24T06:00:00Z'],
    ['Thu Oct 01 2026 12:00:00 GMT+0200 (Central European Summer Time)', '2026-10-01T10:00:00Z'],
    ['2024-02-29', '2024-02-29T00:00:00Z'],
  ])('reads %s', (value, expected) => {
    expect(read(value)).toBe(expected)
  })

  it.each([
    '2026-02-29',
    '2026-13-01',
    '2026-10-32',
    '2026-10-01 24:10',
    '2026-10-01 12:60',
    '13:00 PM',
    '31/31/2026',
    '45231.75',
    '1.50495E+09',
    'yesterday',
    '2026-10-01 12:00 XYZ',
    '0001-01-01',
    '26-10-01',
  ])('calls %s invalid', (value) => {
    expect(read(value)).toBe('invalid')
  })

  it('calls a date ambiguous that may be read both ways, unless the order is known', () => {
    expect(read('03/04/2026')).toBe('ambiguous')
    expect(read('03/04/2026', { order: 'day-first' })).toBe('2026-04-03T00:00:00Z')
    expect(read('03/04/2026', { order: 'month-first' })).toBe('2026-03-04T00:00:00Z')
    expect(read('04.03.2026', { order: 'month-first' })).toBe('2026-04-03T00:00:00Z')
    expect(read('12/31/2026', { order: 'day-first' })).toBe('invalid')
  })

  it.each([
    ['2026-07-01 12:00', '2026-07-01T10:00:00Z'],
    ['2026-12-01 12:00', '2026-12-01T11:00:00Z'],
    ['2026-03-29 01:59:59', '2026-03-29T00:59:59Z'],
    ['2026-03-29 02:30', '2026-03-29T01:30:00Z'],
    ['2026-03-29 03:00', '2026-03-29T01:00:00Z'],
    ['2026-10-25 02:30', '2026-10-25T00:30:00Z'],
    ['2026-10-25 03:00', '2026-10-25T02:00:00Z'],
    ['2026-07-01T12:00:00Z', '2026-07-01T12:00:00Z'],
  ])('reads %s in Berlin', (value, expected) => {
    expect(read(value, { zone: 'Europe/Berlin' })).toBe(expected)
  })

  it('reads by a zone of half hours and by a plain offset', () => {
    expect(read('2026-07-01 12:00', { zone: 'Asia/Kolkata' })).toBe('2026-07-01T06:30:00Z')
    expect(read('2026-07-01 12:00', { zone: '-03:30' })).toBe('2026-07-01T15:30:00Z')
  })

  it.each([
    ["dd.MM.yyyy HH:mm 'Uhr'", '24.12.2026 18:05 Uhr', '2026-12-24T18:05:00Z'],
    ['M/D/YY h:mm a', '3/4/26 4:10 PM', '2026-03-04T16:10:00Z'],
    ['yyyy-dd-MM', '2026-04-03', '2026-03-04T00:00:00Z'],
    ['d MMM yyyy, HH:mm:ss Z', '3 Mar 2026, 10:00:00 +02:00', '2026-03-03T08:00:00Z'],
  ])('reads the configured format %s', (format, value, expected) => {
    expect(read(value, { format })).toBe(expected)
    expect(read('2026-03-04 10:00', { format })).toBe('invalid')
  })

  it.each([
    [{ zone: 'Europe/Bielefeld' }, 'dates_zone_invalid'],
    [{ format: 'HH:mm' }, 'dates_format_invalid'],
  ])('refuses the configuration %j', async (dates, code) => {
    await expect(cutText('feedback_date\n1790812800\n', { dates })).rejects.toMatchObject({ name: 'RelayError', code })
  })
})

describe('dates read from bytes', () => {
  it('are what the text says', () => {
    const parts = fc.tuple(
      fc.date({ min: new Date('2000-01-02'), max: new Date('2026-11-01'), noInvalidDate: true }),
      fc.constantFrom(' ', 'T', '_'),
      fc.constantFrom(10, 13, 16, 19),
      fc.constantFrom('', 'Z', '.5', '.123Z', '+02:00', '-0730', '+15:00', '+2', ' UTC', '.', 'x', ' PM'),
      fc.constantFrom('UTC', 'Europe/Berlin', '-03:30'),
      fc.boolean(),
    )
    fc.assert(
      fc.property(parts, ([date, gap, length, suffix, zone, isQuoted]) => {
        const text = date.toISOString().slice(0, length).replace('T', gap) + suffix
        const cell = Buffer.from(`x${isQuoted ? `"${text}"` : text}y`)
        const reader = new DateReader({ zone, nowMs: NOW_MS })

        const fromBytes = reader.readCell(cell, 1, cell.length - 1)

        if (!Number.isNaN(fromBytes)) expect(fromBytes).toBe(reader.read(text))
        if (gap !== '_' && length === 19 && /^(?:|Z|\.5|\.123Z|\+02:00|-0730)$/.test(suffix)) {
          expect(fromBytes).toBe(reader.read(text))
        }
      }),
      { numRuns: 2000 },
    )
  })

  it.each([
    '2026-02-30',
    '2026-13-01 10:00:00',
    '2026-10-01 25:00',
    '2026-1a-01',
    '',
    '"',
    '""',
    '2026-10-01T10:00:00+',
    '"2026-10-01',
  ])('are none in %j', (text) => {
    expect(new DateReader({}).readCell(Buffer.from(text), 0, text.length)).toBeNaN()
  })
})

describe('dates of a file', () => {
  it('sends Unix seconds in a column feedback_date', async () => {
    const csv = 'Submitted,a\n"2026-10-01 10:00:00",1\n2026-10-02T10:00:00+02:00,2\n"1790812800",3\n1790812800000,4\n'

    const result = await cutText(csv, { columns: { feedback_date: 'Submitted' } })

    expect(result.header).toEqual(['feedback_date', 'a'])
    expect(result.rows.map(([date]) => date)).toEqual(['1790848800', '1790928000', '1790812800', '1790812800'])
  })

  it('reads a date without a zone by the zone in the header, before the configured one', async () => {
    const options = { columns: { feedback_date: /^Updated/ }, dates: { zone: 'Europe/Berlin' } }

    const result = await cutText('Updated at (America/New_York),a\n2026-07-01 12:00:00,1\n', options)

    expect(result.rows).toEqual([[String(Date.UTC(2026, 6, 1, 16) / 1000), '1']])
  })

  it('takes brackets in a header that are no zone for what they are', async () => {
    const options = { columns: { feedback_date: 'Date (of visit)' }, dates: { zone: '+02:00' } }

    const result = await cutText('Date (of visit),a\n2026-07-01 12:00:00,1\n', options)

    expect(result.rows[0]?.[0]).toBe(String(Date.UTC(2026, 6, 1, 10) / 1000))
  })

  it('sets rows aside whose date is missing, invalid or ambiguous, and says what to do', async () => {
    const result = await cutText('feedback_date,a\n,1\n2026-02-30,2\n03/04/2026,3\n2026-03-04,4\n')

    expect(result.counts).toEqual({ ...NO_COUNTS, read: 4, set_aside: 3, skipped: 0 })
    expect(result.problems).toEqual([
      { row: 2, column: 'feedback_date', code: 'feedback_date_missing', message: expect.stringContaining('empty') },
      {
        row: 3,
        column: 'feedback_date',
        code: 'feedback_date_invalid',
        message: expect.stringContaining('2026-02-30'),
      },
      {
        row: 4,
        column: 'feedback_date',
        code: 'feedback_date_ambiguous',
        message: expect.stringContaining('dates.order'),
      },
    ])
  })

  it.each([
    ['day-first', '03/04/2026,1\n25/03/2026,2\n'],
    ['month-first', '03/04/2026,1\n03/25/2026,2\n'],
    ['month-first', '03/25/26 10:00,1\n03/04/26 10:00,2\n'],
    [null, '03/04/2026,1\n25/03/2026,2\n03/25/2026,3\n'],
    [null, '03/04/2026,1\n03/03/2026,2\n25/25/2026,3\n'],
    [null, '25/03/2026,1\n'],
    [null, '03/04/2026,1\n25.03.2026,2\n'],
  ])('tells %s as the order that settles ambiguous dates in %j', async (order, rows) => {
    expect(await cutText(`feedback_date,a\n${rows}`)).toMatchObject({ settledOrders: order ? { 1: order } : {} })
  })

  it('never repeats in a message what a respondent wrote', async () => {
    const result = await cutText('feedback_date,score\nann@example.com,1\n2026-10-01,call me +49 170 1\n')

    expect(JSON.stringify(result.problems)).not.toMatch(/ann|example|170/)
  })
})

describe('dates that feedback cannot have', () => {
  const csv = (...values: string[]) =>
    `feedback_date,feedback,score\n${values.map((value) => `${value},x,9\n`).join('')}`

  it('FC-05 numbers that are no Unix times are set aside, with what most likely happened to them', async () => {
    const bad = ['46143', '46143.5', '20260501', '2026', '0', '-1']

    const result = await cutText(csv(...bad, '1777593600', '1777593600000', '1.77759E+09'))

    expect(result.rows.map(([date]) => date)).toEqual(['1777593600', '1777593600'])
    expect(result.problems.map(({ row, code }) => [row, code])).toEqual(
      [2, 3, 4, 5, 6, 7, 10].map((row) => [row, 'feedback_date_invalid']),
    )
    expect(result.problems.map(({ message }) => message)).toEqual([
      expect.stringMatching(/"46143".*number of a day \(2026-05-01\)/),
      expect.stringMatching(/number of a day \(2026-05-01\)/),
      expect.stringMatching(/dates\.format: 'yyyyMMdd'/),
      expect.stringMatching(/looks like a year/),
      expect.stringMatching(/tools write where there is no date/),
      expect.stringMatching(/before the year 2000/),
      expect.stringMatching(/spreadsheet has shortened/),
    ])
  })

  it('FC-05 year, month and day without separators are a date where the source says so', async () => {
    const result = await cutText(csv('20260501'), { dates: { format: 'yyyyMMdd' } })

    expect(result.rows[0]?.[0]).toBe('1777593600')
  })

  it.each([
    ['1999-12-31T23:59:59Z', 'before the year 2000'],
    ['2000-01-01T00:00:00Z', null],
    ['946684799', 'A number alone'],
    ['946684800', null],
    ['2027-11-20', null],
    ['2027-12-01', 'more than a year ahead'],
    ['31/12/1999', 'before the year 2000'],
    ['4102444800', 'A number alone'],
    ['1777593600000000', 'micro'],
  ])('lie before the year 2000 or more than a year ahead: %s', async (value, reason) => {
    const [problem] = (await cutText(csv(value))).problems

    expect(problem?.message ?? null).toEqual(reason === null ? null : expect.stringContaining(reason))
  })

  it('lie in the far future where a configured format reads them so, too', async () => {
    const result = await cutText(csv('01.05.2062'), { dates: { format: 'dd.MM.yyyy' } })

    expect(result.problems).toMatchObject([{ code: 'feedback_date_invalid' }])
  })

  it('move on with the clock where no time is given', () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.UTC(2024, 0, 1) })
    const reader = new DateReader({})

    const before = reader.read('2026-06-01')
    vi.setSystemTime(Date.UTC(2026, 5, 1))
    const after = reader.read('2026-06-01')
    vi.useRealTimers()

    expect([before, after]).toEqual(['invalid', Date.UTC(2026, 5, 1) / 1000])
  })

  it('FC-26 are none in summer time: the first of two, moved on where left out, exact with an offset', async () => {
    const times = ['2026-10-25 02:30:00', '2026-03-29 02:30:00', '2026-10-25T02:30:00+01:00', '25.10.2026 02:30']

    const result = await cutText(csv(...times), { dates: { zone: 'Europe/Berlin' } })

    expect(result.rows.map(([date]) => date)).toEqual(['1792888200', '1774747800', '1792891800', '1792888200'])
  })
})
