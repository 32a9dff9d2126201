import { describe, expect, it } from 'vitest'
import { readScore } from '../../../shared/feedback/scores.ts'
import { cutText } from './cut-text.ts'

describe('scores', () => {
  it.each([
    ['9', '9'],
    [' 9 ', '9'],
    ['9.0', '9'],
    ['+9', '9'],
    ['-3', ''],
    ['-99', ''],
    ['-66 - Not seen', ''],
    ['N/A', ''],
    ['n/a', ''],
    ['-', ''],
    ['–', ''],
    ['007', '7'],
    ['0', '0'],
    ['', ''],
    ['  ', ''],
    ['10 - Extremely likely', '10'],
    ['10 (Extremely likely)', '10'],
    ['9: Very likely', '9'],
    ['Extremely likely - 10', '10'],
    ['Not at all likely (0)', '0'],
  ])('reads %j as %j', (text, expected) => {
    expect(readScore(text)).toBe(expected)
  })

  it.each(['7.5', '9.000', '9,5', 'ten', '-3.5', '9/10', '1 - 3 times', '1e1', '5 stars', '9 10', '0x9', '１０'])(
    'finds no whole number in %j',
    (text) => {
      expect(readScore(text)).toBeUndefined()
    },
  )

  it('sends plain whole numbers and sets the rest aside', async () => {
    const csv = 'score,feedback_date\n9.0,1790812800\n" 8 ",1790812801\n7.5,1790812802\n,1790812803\n"6",1790812804\n'

    const result = await cutText(csv)

    expect(result.rows.map(([score]) => score)).toEqual(['9', '8', '', '6'])
    expect(result.problems).toEqual([
      { row: 4, column: 'score', code: 'score_not_integer', message: expect.stringContaining('"7.5"') },
    ])
  })

  it('rewrites a score before and behind the date', async () => {
    const before = await cutText('score,feedback_date,a\n9.0,2026-10-01,x\n')
    const behind = await cutText('feedback_date,a,score\n2026-10-01,x,9.0\n')

    expect(before.rows).toEqual([['9', '1790812800', 'x']])
    expect(behind.rows).toEqual([['1790812800', 'x', '9']])
  })
})
