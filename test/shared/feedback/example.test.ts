import { readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { NO_COUNTS } from '../../../shared/feedback/types.ts'
import { cutText } from './cut-text.ts'

it('the example holds two rows that cannot be imported, each for another reason', async () => {
  const file = await readFile(new URL('../../../examples/nps-october.csv', import.meta.url))

  const result = await cutText(file, {
    columns: {
      feedback_date: 'Submitted At',
      score: /how likely/i,
      feedback: /main reason/i,
      user_id: 'Email',
      response_id: 'Response ID',
    },
  })

  expect(result.header).toEqual(['Response ID', 'feedback_date', 'score', 'feedback', 'user_id', 'Plan', 'Country'])
  expect(result.counts).toEqual({ ...NO_COUNTS, read: 40, set_aside: 2, skipped: 0 })
  expect(result.problems.map(({ code }) => code).sort()).toEqual(['feedback_date_invalid', 'score_not_integer'])
})
