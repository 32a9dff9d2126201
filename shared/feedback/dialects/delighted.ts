import { type Dialect, hasAll, hasAny } from './dialect.ts'

/** No export file of this tool was at hand: the columns are named after the fields of delightedapp.com/docs/api/listing-survey-responses. */
export const delighted: Dialect = {
  name: 'delighted',
  isUnconfirmed: true,
  headerRows: ([first]) => {
    const isKnown = hasAny(first, ['permalink', 'survey_type', 'survey type', 'delighted source'])
    return isKnown && hasAll(first, ['score', 'comment']) && hasAny(first, ['created_at', 'created at']) ? 1 : 0
  },
  columns: {
    feedback_date: ['created_at', 'Created at'],
    score: ['Score'],
    feedback: ['Comment'],
    user_id: ['person_email', 'Person email', 'Email', 'person'],
    response_id: ['id', 'Response ID'],
  },
}
