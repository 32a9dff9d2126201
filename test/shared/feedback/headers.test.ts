import { describe, expect, it } from 'vitest'
import { cutText } from './cut-text.ts'

describe('headers', () => {
  it('finds CXI’s own names in any case, and sends them as CXI spells them', async () => {
    const result = await cutText(' Feedback_Date ,SCORE,Feedback,User_ID,Plan\n1790812800,9,good,u1,Pro\n')

    expect(result.header).toEqual(['feedback_date', 'score', 'feedback', 'user_id', 'Plan'])
    expect(result.mapping).toEqual({
      feedback_date: 'Feedback_Date',
      score: 'SCORE',
      feedback: 'Feedback',
      user_id: 'User_ID',
    })
  })

  it('maps by exact header and by pattern, and reports the headers as found', async () => {
    const options = { columns: { feedback_date: 'When', score: /how likely/gi, feedback: 'Why?', response_id: 'No' } }

    const result = await cutText('No,When,"How likely, really?",Why?\n1,2026-10-01,9,good\n', options)

    expect(result.header).toEqual(['No', 'feedback_date', 'score', 'feedback'])
    expect(result.mapping).toMatchObject({ score: 'How likely, really?', response_id: 'No' })
  })

  it('lets a configured column win over one that bears the name', async () => {
    const csv = 'feedback_date,score,NPS\n1790812800,not a number,9\n'

    const result = await cutText(csv, { columns: { score: 'NPS' } })

    expect(result.header).toEqual(['feedback_date', 'score_2', 'score'])
    expect(result.rows).toEqual([['1790812800', 'not a number', '9']])
    expect(result.mapping).toMatchObject({ score: 'NPS', 'score (column 2)': 'score_2' })
  })

  it.each([
    ['string', { score: 'NPS' }, 'NPS'],
    ['pattern', { score: /nps/i }, '/nps/i'],
  ])('refuses a file that lacks a column configured as a %s', async (_, columns, column) => {
    await expect(cutText('feedback_date,b\n1790812800,1\n', { columns })).rejects.toMatchObject({
      code: 'column_missing',
      column,
    })
  })

  it.each([
    ['by name', 'feedback_date,Score,score\n1790812800,1,2\n', {}],
    ['by pattern', 'feedback_date,rating a,rating b\n1790812800,1,2\n', { score: /rating/ }],
    ['by header', 'feedback_date,NPS,NPS\n1790812800,1,2\n', { score: 'NPS' }],
    ['by one header for two names', 'when,NPS\n1790812800,1\n', { score: 'when', feedback_date: 'when' }],
  ])('refuses two columns that claim one special name %s', async (_, csv, columns) => {
    await expect(cutText(csv, { columns })).rejects.toMatchObject({ code: 'duplicate_column' })
  })

  it('renames reserved names and says so', async () => {
    const result = await cutText('feedback_date,tags,tags_2,Wootric_Response_ID\n1790812800,a,b,c\n')

    expect(result.header).toEqual(['feedback_date', 'tags_3', 'tags_2', 'Wootric_Response_ID_2'])
    expect(result.mapping).toMatchObject({ tags: 'tags_3', Wootric_Response_ID: 'Wootric_Response_ID_2' })
  })

  it('refuses reserved names where that is configured', async () => {
    await expect(cutText('feedback_date,Tags\n1790812800,a\n', { reserved: 'reject' })).rejects.toMatchObject({
      code: 'reserved_column',
      column: 'Tags',
    })
  })

  it('sends a reserved column under a special name where it is mapped so', async () => {
    const result = await cutText('feedback_date,tags\n1790812800,a\n', {
      columns: { feedback: 'tags' },
      reserved: 'reject',
    })

    expect(result.header).toEqual(['feedback_date', 'feedback'])
  })

  it('makes headers unique and names those that are empty', async () => {
    const result = await cutText('feedback_date,Other,Other,,Other,Other_2,,column_7\n1790812800,1,2,3,4,5,6,7\n')

    expect(result.header).toEqual([
      'feedback_date',
      'Other',
      'Other_3',
      'column_4',
      'Other_4',
      'Other_2',
      'column_7_2',
      'column_7',
    ])
  })

  it('takes tags, line breaks and odd blanks out of the names that it sends', async () => {
    const result = await cutText('feedback_date,"<strong>Are\nyou</strong>\u00a0happy? "\n1790812800,yes\n')

    expect(result.header).toEqual(['feedback_date', 'Are you happy?'])
  })

  it('ignores the columns of a set-aside file', async () => {
    const csv =
      'feedback_date,a,relay_row,relay_column,relay_code,relay_reason\n2026-10-01,x,17,score,score_not_integer,oh\n'

    const result = await cutText(csv)

    expect(result.texts).toEqual(['feedback_date,a\n1790812800,x\n'])
  })

  it('lists the headers and shows the cure where no column is the date', async () => {
    await expect(cutText('Submitted At,b\n2026-10-01,1\n')).rejects.toMatchObject({
      code: 'feedback_date_column_missing',
      message: expect.stringMatching(/"Submitted At", "b".*columns: \{ feedback_date: 'Submitted At' \}/),
    })
  })

  it('does not show a first row that is data', async () => {
    const error = await cutText('2026-10-01,ann@example.com\n2026-10-01,bob@example.com\n').catch((thrown) => thrown)

    expect(error).toMatchObject({ code: 'feedback_date_column_missing' })
    expect(error.message).not.toContain('ann')
  })
})

describe('ragged rows', () => {
  it('sets rows aside that have more or fewer cells than the header', async () => {
    const result = await cutText('feedback_date,a,b\n1790812800,1\n1790812800,1,2,3\n1790812800,1,2\n')

    expect(result.rows).toEqual([['1790812800', '1', '2']])
    expect(result.problems).toMatchObject([
      { row: 2, code: 'field_count', column: null },
      { row: 3, code: 'field_count' },
    ])
  })

  it('tolerates surplus empty cells, and missing ones whose column has no header', async () => {
    const result = await cutText('feedback_date,a,\n1790812800,1,,,""\n1790812800,2\n1790812800,3,x\n')

    expect(result.header).toEqual(['feedback_date', 'a', 'column_3'])
    expect(result.rows).toEqual([
      ['1790812800', '1', ''],
      ['1790812800', '2', ''],
      ['1790812800', '3', 'x'],
    ])
  })
})
