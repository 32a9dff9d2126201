import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { NO_COUNTS, type ReadOptions } from '../../../shared/feedback/types.ts'
import { cutText } from './cut-text.ts'

const NPS = `StartDate,EndDate,Status,Progress,Finished,RecordedDate,ResponseId,Q3_NPS_GROUP,Q3,Q4
Start Date,End Date,Response Type,Progress,Finished,Recorded Date,Response ID,How likely are you to recommend us? - Group,How likely are you to recommend us?,Why?
"{""ImportId"":""startDate"",""timeZone"":""UTC""}","{""ImportId"":""endDate"",""timeZone"":""UTC""}","{""ImportId"":""status""}","{""ImportId"":""progress""}","{""ImportId"":""finished""}","{""ImportId"":""recordedDate"",""timeZone"":""UTC""}","{""ImportId"":""_recordId""}","{""ImportId"":""QID3_NPS_GROUP""}","{""ImportId"":""QID3""}","{""ImportId"":""QID4_TEXT""}"
2026-05-01 08:00:00,2026-05-01 08:01:00,0,100,1,2026-05-01 08:01:01,R_a1,3,9,good
2026-05-02 08:00:00,2026-05-02 08:01:00,0,100,1,2026-05-02 08:01:01,R_a2,1,2,bad
`

describe('an NPS question in two columns', () => {
  it.each<[string, ReadOptions['columns']]>([
    ['nothing', undefined],
    ['its id', { score: 'Q3' }],
    ['its text', { score: 'How likely are you to recommend us?' }],
    ['a pattern of the id alone', { score: /^Q3$/ }],
  ])('FC-01 gives the answer, not the group, where columns name %s', async (_, columns) => {
    const { rows, header } = await cutText(NPS, columns ? { columns } : {})

    const column = (name: string) => rows.map((row) => row[header.indexOf(name)])
    expect(column('score')).toEqual(['9', '2'])
    expect(column('Q3_NPS_GROUP')).toEqual(['3', '1'])
  })

  it('FC-01 is refused, by the names of both, where a pattern finds both', async () => {
    await expect(cutText(NPS, { columns: { score: /how likely/i } })).rejects.toMatchObject({
      code: 'duplicate_column',
      message: expect.stringMatching(/"Q3_NPS_GROUP".*"Q3"/),
    })
  })

  it('FC-01 is not guessed among two NPS questions', async () => {
    const csv = 'StartDate,EndDate,Finished,RecordedDate,ResponseId,Q1_NPS_GROUP,Q1,Q2_NPS_GROUP,Q2\n'
    const { header } = await cutText(`${csv}2026-05-01,2026-05-01,1,2026-05-01,R_a1,3,9,1,2\n`)

    expect(header.slice(5)).toEqual(['Q1_NPS_GROUP', 'Q1', 'Q2_NPS_GROUP', 'Q2'])
  })

  it('R-01 "seen, but not answered" is no score', async () => {
    const { rows, header, counts, problems } = await cutText(NPS.replace(',3,9,good', ',3,-99,good'))

    expect(rows.map((row) => row[header.indexOf('score')])).toEqual(['', '2'])
    expect(counts).toEqual({ ...NO_COUNTS, read: 2, blank_scores: 1 })
    expect(problems).toEqual([])
  })

  it('R-11 zero is a score, and blanks are none', async () => {
    const csv = 'feedback_date,score\n1790812800,0\n1790812801,\n1790812802, \n1790812803,-0\n'
    const { rows, counts } = await cutText(csv)

    expect(rows.map(([, score]) => score)).toEqual(['0', '', '', '0'])
    expect(counts).toEqual({ ...NO_COUNTS, read: 4 })
  })
})

describe('rows of nothing', () => {
  const head = 'feedback_date,feedback,score\n1790812800,a,1\n,,\n'
  const tail = `1790812801,b,2\n${',,\n'.repeat(1247)} , , \n"",\u00a0,"  "\n\n,,`

  it('FC-10 count in the numbering and nowhere else', async () => {
    const result = await cutText(`${head}never,x,1\n${tail}`)

    expect(result.counts).toEqual({ ...NO_COUNTS, read: 3, set_aside: 1 })
    expect(result.problems.map(({ row }) => row)).toEqual([4])
  })

  it('FC-10 are no trouble by themselves, in files of one column neither', async () => {
    const result = await cutText(`${head}${tail}`)
    const narrow = await cutText('feedback_date\n1790812800\n  \n""\n1790812801\n')

    expect(result.counts).toEqual({ ...NO_COUNTS, read: 2 })
    expect(narrow.counts).toEqual({ ...NO_COUNTS, read: 2 })
  })

  it('FC-10 make a file without rows where nothing else is there', async () => {
    await expect(cutText('feedback_date,score\n,\n , \n')).rejects.toMatchObject({ code: 'no_rows' })
  })

  it('are told from rows that lack cells, and from a quotation mark as the answer', async () => {
    const csv = 'feedback_date,feedback,score\n,\n1790812800,a\n1790812801,"""",\n1790812802,b,,, \n,"""",\n'
    const result = await cutText(csv)

    expect(result.problems).toMatchObject([
      { row: 3, code: 'field_count' },
      { row: 6, code: 'feedback_date_missing' },
    ])
    expect(result.rows).toHaveLength(2)
  })
})

describe('files put one behind the other', () => {
  const a = 'feedback_date,feedback\n1790812800,a\n'
  const b = 'feedback_date,feedback\n1790812801,b\n'

  it.each([1, 7, 65_536])(
    'R-05 are read on without the second header and its BOM, in chunks of %i',
    async (chunkBytes) => {
      const csv = `\ufeff${a}\ufeff${b}\ufeff"feedback_date" ,"feedback"\n1790812802,c\n`
      const result = await cutText(csv, {}, { chunkBytes })

      expect(result.rows).toEqual([
        ['1790812800', 'a'],
        ['1790812801', 'b'],
        ['1790812802', 'c'],
      ])
      expect(result.counts).toEqual({ ...NO_COUNTS, read: 5, skipped: 2 })
      expect(result.problems).toEqual([])
    },
  )

  it('R-05 keep a row right behind the byte order mark', async () => {
    const result = await cutText(`${a}\ufeff"1790812801",b\n`)

    expect(result.rows).toEqual([
      ['1790812800', 'a'],
      ['1790812801', 'b'],
    ])
  })

  it('R-05 skip each of three header rows', async () => {
    const result = await cutText(NPS + NPS)

    expect(result.counts).toEqual({ ...NO_COUNTS, read: 7, skipped: 3 })
  })

  it('R-05 may be packed each, with zeros behind them', async () => {
    const packed = [gzipSync(a), gzipSync(b)]

    const result = await cutText(Buffer.concat(packed))
    const padded = await cutText(Buffer.concat([...packed, Buffer.alloc(512)]))

    expect(result.counts).toEqual({ ...NO_COUNTS, read: 3, skipped: 1 })
    expect(padded.texts).toEqual(result.texts)
  })

  it.each([1, 65_536])(
    'R-05 are refused where something else stands behind them, in chunks of %i',
    async (chunkBytes) => {
      const bytes = Buffer.concat([gzipSync(a), Buffer.from('more')])

      await expect(cutText(bytes, {}, { chunkBytes })).rejects.toMatchObject({ code: 'archive_unsafe' })
    },
  )
})

describe('rows told by their ids', () => {
  const claimsOf = (foreign: string[] = []) => {
    const asked: string[] = []
    return {
      asked,
      knows: (id: string) => asked.includes(id),
      isForeign: (id: string) => foreign.includes(id),
      claim: async (ids: string[]) => void asked.push(...ids),
      noteRefused: () => undefined,
      noteSent: () => undefined,
    }
  }

  it('FC-02 are not claimed by ids that a spreadsheet has made equal', async () => {
    const claims = claimsOf()
    const csv = 'response_id,feedback_date,order\n1.18E+11,1790812800,5E3\n"1,18E+11",1790812801,a\n118,1790812802,b\n'

    const result = await cutText(csv, { dedupe: 'rows' }, { claims })

    expect(result.counts).toEqual({ ...NO_COUNTS, read: 3, unclaimed: 2 })
    expect(result.rows.map((row) => row[2])).toEqual(['5E3', 'a', 'b'])
    expect(claims.asked).toEqual(['118'])
  })

  it('FC-02 are all sent where one file has an id twice', async () => {
    const csv = 'response_id,feedback_date\nx,1790812800\nx,1790812801\ny,1790812802\n'
    const result = await cutText(csv, {}, { claims: claimsOf(['y']) })

    expect(result.rows).toEqual([
      ['x', '1790812800'],
      ['x', '1790812801'],
    ])
    expect(result.counts).toEqual({ ...NO_COUNTS, read: 3, duplicate: 1 })
  })

  it('need a column of ids', async () => {
    await expect(cutText('feedback_date,score\n1790812800,1\n', { dedupe: 'rows' })).rejects.toMatchObject({
      code: 'column_missing',
      message: expect.stringMatching(/columns: \{ response_id: '…' \}.*dedupe: 'drop'/),
    })
  })
})

describe('a set-aside file', () => {
  it.each([';', '\t', '|'])('has the separator %j of its file, and is read again by it', async (delimiter) => {
    const text = 'a,b;c|d\t"e"'
    const cell = `"${text.replaceAll('"', '""')}"`
    const line = (...cells: string[]) => `${cells.join(delimiter)}\n`
    const csv = line('feedback_date', 'feedback', 'score') + line('never', cell, '1') + line('1790812800', 'f', '2')

    const first = await cutText(csv)
    const again = await cutText(first.aside.replace('never', '1790812801'))

    const own = ['relay_row', 'relay_column', 'relay_code', 'relay_reason']
    expect(first.aside.split('\n')[0]).toBe(`\ufeff${['feedback_date', 'feedback', 'score', ...own].join(delimiter)}`)
    expect(again.header).toEqual(['feedback_date', 'feedback', 'score'])
    expect(again.rows).toEqual([['1790812801', text, '1']])
  })
})
