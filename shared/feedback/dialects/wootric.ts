import { type Dialect, hasAll, hasAny } from './dialect.ts'

/** No export file of this tool was at hand: the columns are named after the fields of its webhook and responses API. */
export const wootric: Dialect = {
  name: 'wootric',
  isUnconfirmed: true,
  headerRows: ([first]) => {
    const isKnown = hasAny(first, ['end_user_id', 'origin_url', 'survey_id'])
    return isKnown && hasAll(first, ['score', 'text', 'created_at']) ? 1 : 0
  },
  columns: {
    feedback_date: ['created_at'],
    score: ['score'],
    feedback: ['text'],
    user_id: ['email', 'external_id', 'end_user_id'],
    response_id: ['id', 'response_id'],
  },
}
