import { type Dialect, hasAll } from './dialect.ts'

export const tally: Dialect = {
  name: 'tally',
  headerRows: ([first]) => (hasAll(first, ['submission id', 'respondent id', 'submitted at']) ? 1 : 0),
  columns: { feedback_date: ['Submitted at'], user_id: ['Respondent ID'], response_id: ['Submission ID'] },
}
