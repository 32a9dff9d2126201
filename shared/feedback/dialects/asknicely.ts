import { type Dialect, hasAll } from './dialect.ts'

/** No export file of this tool was at hand: the columns are named after the fields of its responses API. */
export const asknicely: Dialect = {
  name: 'asknicely',
  isUnconfirmed: true,
  headerRows: ([first]) => (hasAll(first, ['responded', 'answer', 'comment']) ? 1 : 0),
  columns: {
    feedback_date: ['responded'],
    score: ['answer'],
    feedback: ['comment'],
    user_id: ['email', 'person_id'],
    response_id: ['response_id', 'id'],
  },
}
