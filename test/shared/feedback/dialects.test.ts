import { describe, expect, it } from 'vitest'
import { NO_COUNTS } from '../../../shared/feedback/types.ts'
import { cutText, toCsv } from './cut-text.ts'

const at = (iso: string) => String(Date.parse(iso) / 1000)

describe('qualtrics', () => {
  const ids = ['StartDate', 'EndDate', 'Status', 'Finished', 'RecordedDate', 'ResponseId', 'RecipientEmail', 'Q1', 'Q2']
  const texts = [
    'Anfang',
    'Ende',
    'Antworttyp',
    'Fertig',
    'Erfasst',
    'ID',
    'E-Mail',
    'Wie wahrscheinlich?',
    'Warum,\nbitte?',
  ]
  const json = (zone: string) =>
    ids.map((id) => JSON.stringify(id.endsWith('Date') ? { ImportId: id, timeZone: zone } : { ImportId: id }))
  const row = (status: string, finished: string, score: string) => [
    '2026-07-01 09:00:00',
    '2026-07-01 09:01:00',
    status,
    finished,
    '2026-07-01 09:01:01',
    `R_${score}`,
    'ann@example.com',
    score,
    'fine',
  ]

  it('has three header rows, a zone, and rows that are no responses', async () => {
    const rows = [
      row('IP Address', 'True', '9'),
      row('Survey Preview', 'True', '8'),
      row('IP Address', 'False', '7'),
      row('0', '1', '6'),
      row('1', '1', '5'),
      row('IP Address', 'True', 'x'),
    ]
    const csv = toCsv([ids, texts, json('America/New_York'), ...rows])

    const result = await cutText(csv, { columns: { score: 'Wie wahrscheinlich?', feedback: /^Q2$/ } })

    expect(result.dialect).toBe('qualtrics')
    expect(result.counts).toEqual({ ...NO_COUNTS, read: 6, set_aside: 1, skipped: 3 })
    expect(result.header).toEqual([...ids.slice(0, 4), 'feedback_date', 'ResponseId', 'user_id', 'score', 'feedback'])
    expect(result.rows.map((cells) => [cells[4], cells[7]])).toEqual([
      [at('2026-07-01T13:01:01Z'), '9'],
      [at('2026-07-01T13:01:01Z'), '6'],
    ])
    expect(result.problems).toMatchObject([{ row: 9, column: 'Q1', code: 'score_not_integer' }])
    expect(result.mapping).toMatchObject({
      feedback_date: 'RecordedDate',
      user_id: 'RecipientEmail',
      response_id: 'ResponseId',
    })
  })

  it('is known again from its set-aside file', async () => {
    const columns = { score: 'Q1' }
    const first = await cutText(toCsv([ids, texts, json('America/New_York'), row('IP Address', 'True', 'x')]), {
      columns,
    })

    const second = await cutText(first.aside.replace(',x,', ',3,'), { columns })

    expect(first.aside).toContain('bitte?",,,,\n')

    expect(second.dialect).toBe('qualtrics')
    expect(second.rows[0]?.[4]).toBe(at('2026-07-01T13:01:01Z'))
    expect(second.rows[0]?.[7]).toBe('3')
  })

  it('takes the configured zone where the file states none', async () => {
    const rows = [ids, texts, ids.map((ImportId) => JSON.stringify({ ImportId })), row('IP Address', 'True', '9')]

    const result = await cutText(toCsv(rows), { dates: { zone: 'Europe/Berlin' } })

    expect(result.rows[0]?.[4]).toBe(at('2026-07-01T07:01:01Z'))
  })

  it('has two header rows in its legacy form, and a trailing comma', async () => {
    const names = ['ResponseID', 'ResponseSet', 'Name', 'Status', 'StartDate', 'EndDate', 'Finished', 'Q1']
    const csv = `\ufeff${names.map((_, n) => `V${n + 1}`).join(',')},\n${names.join(',')},\nR_1,Default,Ann,0,2026-07-01 09:00:00,2026-07-01 09:01:00,1,9,\n`

    const result = await cutText(csv)

    expect(result.dialect).toBe('qualtrics')
    expect(result.header).toEqual([...names.slice(0, 5), 'feedback_date', 'Finished', 'Q1'])
    expect(result.rows).toHaveLength(1)
  })
})

describe('surveymonkey', () => {
  const first = [
    'Respondent ID',
    'Collector ID',
    'Start Date',
    'End Date',
    'Email Address',
    'Contact',
    '',
    'How likely?',
    'Why, exactly?',
  ]
  const second = ['', '', '', '', '', 'Name', 'Phone', 'Response', 'Open-Ended Response']
  const row = (date: string, score: string) => [
    '1',
    '2',
    '10/01/2026 08:00:00 AM',
    date,
    'a@example.com',
    'Ann',
    '1',
    score,
    'ok',
  ]

  it('has two header rows that make one name together', async () => {
    const csv = toCsv([
      first,
      second,
      row('10/02/2026 01:05:06 PM', '10 - Extremely likely'),
      row('10/02/2026 12:05:06 AM', '-'),
    ])

    const result = await cutText(csv, { columns: { score: 'How likely?', feedback: /^Why/ } })

    expect(result.dialect).toBe('surveymonkey')
    expect(result.header).toEqual([
      'Respondent ID',
      'Collector ID',
      'Start Date',
      'feedback_date',
      'user_id',
      'Contact - Name',
      'Contact - Phone',
      'score',
      'feedback',
    ])
    expect(result.rows.map((cells) => [cells[3], cells[7]])).toEqual([
      [at('2026-10-02T13:05:06Z'), '10'],
      [at('2026-10-02T00:05:06Z'), ''],
    ])
  })

  it('does not guess the order of a date that a spreadsheet has rewritten', async () => {
    const result = await cutText(toCsv([first, second, row('5/10/26 4:01', '9')]))

    expect(result.problems).toMatchObject([{ row: 3, column: 'End Date', code: 'feedback_date_ambiguous' }])
  })

  it('may have an empty second header row, or none', async () => {
    const empty = second.map(() => '')

    const two = await cutText(toCsv([first, empty, row('10/13/2026 4:01', '9')]))
    const one = await cutText(toCsv([first, row('10/13/2026 4:01', '9')]))

    expect([two.counts.read, one.counts.read]).toEqual([1, 1])
    expect([two.parts[0]?.firstRow, one.parts[0]?.firstRow]).toEqual([3, 2])
  })
})

describe('typeform', () => {
  const header = [
    '#',
    '<strong>How likely?</strong>',
    'Other',
    'Other',
    'Response Type',
    'Start Date (UTC)',
    'Stage Date (UTC)',
    'Submit Date (UTC)',
    'Network ID',
    'Tags',
    'Ending',
  ]
  const row = (type: string, date: string) => [
    'abc',
    '9',
    '',
    'x',
    type,
    '2026-10-01 09:00:00',
    '',
    date,
    'n1',
    't',
    '',
  ]

  it('is read in UTC, whatever is configured, without unfinished responses', async () => {
    const csv = toCsv([header, row('completed', '2026-10-01 09:05:00'), row('partial', ''), row('started', '')])

    const result = await cutText(csv, { columns: { score: 'How likely?' }, dates: { zone: 'Europe/Berlin' } })

    expect(result.dialect).toBe('typeform')
    expect(result.counts).toEqual({ ...NO_COUNTS, read: 3, set_aside: 0, skipped: 2 })
    expect(result.header).toEqual([
      '#',
      'score',
      'Other',
      'Other_2',
      'Response Type',
      'Start Date (UTC)',
      'Stage Date (UTC)',
      'feedback_date',
      'Network ID',
      'Tags_2',
      'Ending',
    ])
    expect(result.rows[0]?.[7]).toBe(at('2026-10-01T09:05:00Z'))
    expect(result.mapping).toMatchObject({ response_id: '#', Tags: 'Tags_2' })
  })

  it.each([[','], [';']])(
    'sends texts without the apostrophe that typeform puts before formulas, from %j',
    async (delimiter) => {
      const head = ['#', 'Phone', 'Why?', 'Secret', 'Submit Date (UTC)', 'Network ID']
      const cells = (phone: string, why: string) => ['1', phone, why, "'+1", '2026-10-01 09:05:00', 'n']
      const csv = toCsv(
        [head, cells("'+91 99999 11111", "'=1,2"), cells("'tis", "'"), cells('+1', '\'-, "so"')],
        delimiter,
      )

      const { rows } = await cutText(csv, { privacy: { Secret: 'mask' } })

      expect(rows.map((row) => row.slice(1, 4))).toEqual([
        ['+91 99999 11111', '=1,2', '+***'],
        ["'tis", "'", '+***'],
        ['+1', '-, "so"', '+***'],
      ])
    },
  )

  it('may be older, without a response type', async () => {
    const csv = toCsv([
      ['#', 'Why?', 'Start Date (UTC)', 'Submit Date (UTC)', 'Network ID'],
      ['1', 'a', '', '2026-10-01 09:05:00', 'n'],
    ])

    expect(await cutText(csv)).toMatchObject({ dialect: 'typeform', counts: { ...NO_COUNTS, read: 1, skipped: 0 } })
  })
})

describe('other tools', () => {
  it('keeps a leading apostrophe and a formula, which the respondent may have written', async () => {
    const { rows } = await cutText("feedback_date,feedback,a\n1790812800,'+49 170,=1+1\n1790812800,@CSS-Tricks,\n")

    expect(rows.map((row) => row.slice(1))).toEqual([
      ["'+49 170", '=1+1'],
      ['@CSS-Tricks', ''],
    ])
  })

  const moment = at('2026-10-01T09:05:00Z')

  it.each([
    [
      'tally',
      ['Submission ID', 'Respondent ID', 'Submitted at', 'Why?'],
      ['s', 'r', '2026-10-01 09:05:00', 'a'],
      { user_id: 'Respondent ID', response_id: 'Submission ID' },
    ],
    [
      'jotform',
      ['Submission Date', '"E-mail"', 'Score'],
      ['2026-10-01 09:05:00', 'a@example.com', '9'],
      { user_id: '"E-mail"', score: 'Score' },
    ],
    [
      'google-forms',
      ['Timestamp', 'Email address', 'Why?'],
      ['2026/10/01 11:05:00 AM GMT+2', 'a@example.com', 'b'],
      { user_id: 'Email address' },
    ],
    ['google-forms', ['Zeitstempel', 'Warum?'], ['01.10.2026 09:05:00', 'b'], { feedback_date: 'Zeitstempel' }],
    [
      'delighted',
      ['id', 'person_email', 'score', 'comment', 'permalink', 'created_at', 'tags'],
      ['1', 'a@example.com', '9', 'b', 'https://x', moment, ''],
      { feedback: 'comment', user_id: 'person_email', response_id: 'id' },
    ],
    [
      'asknicely',
      ['response_id', 'email', 'answer', 'comment', 'responded', 'segment'],
      ['1', 'a@example.com', '9', 'b', moment, 's'],
      { score: 'answer', feedback: 'comment' },
    ],
    [
      'wootric',
      ['id', 'email', 'score', 'text', 'end_user_id', 'created_at'],
      ['1', 'a@example.com', '9', 'b', '7', '2026-10-01T02:05:00.558-07:00'],
      { feedback: 'text', user_id: 'email' },
    ],
    [
      'zendesk',
      ['id', 'ticket_id', 'requester_id', 'comment', 'score', 'created_at'],
      ['1', '2', '3', 'b', '', '2026-10-01T09:05:00Z'],
      { feedback: 'comment', user_id: 'requester_id', response_id: 'id' },
    ],
  ])('%s', async (dialect, header, row, mapping) => {
    const result = await cutText(toCsv([header, row]))

    expect(result.problems).toEqual([])
    expect(result.dialect).toBe(dialect)
    expect(result.mapping).toMatchObject(mapping)
    expect(result.rows[0]?.[result.header.indexOf('feedback_date')]).toBe(moment)
  })

  it('intercom, by the zone of its headers', async () => {
    const header = [
      'Conversation ID',
      'Updated at (America/New_York)',
      'Conversation rating remark',
      'Conversation rating',
      'User name',
    ]

    const result = await cutText(toCsv([header, ['1', '2026-10-01 05:05:00', 'fine', '5', 'Ann']]))

    expect(result.dialect).toBe('intercom')
    expect(result.header).toEqual(['Conversation ID', 'feedback_date', 'feedback', 'score', 'User name'])
    expect(result.rows[0]?.[1]).toBe(moment)
  })

  it('is generic where nothing tells the tool', async () => {
    expect(await cutText('feedback_date,#\n1790812800,1\n')).toMatchObject({ dialect: 'plain' })
  })
})
