import { type Dialect, hasAll, hasAny } from './dialect.ts'

/**
 * No export file of this tool was at hand: the columns are named after the fields of its satisfaction ratings API.
 * A rating is a word (good, bad), so `score` must come from a column with numbers.
 */
export const zendesk: Dialect = {
  name: 'zendesk',
  isUnconfirmed: true,
  headerRows: ([first]) => {
    const isKnown = hasAny(first, ['ticket_id', 'ticketid']) && hasAny(first, ['requester_id', 'requesterid'])
    return isKnown && hasAll(first, ['score', 'comment']) ? 1 : 0
  },
  columns: {
    feedback_date: ['created_at', 'CreatedAt'],
    feedback: ['comment'],
    user_id: ['requester_id', 'RequesterId'],
    response_id: ['id'],
  },
}
