import { type Dialect, hasAll } from './dialect.ts'

/** The workspace's zone is part of the headers: `Updated at (America/New_York)`. */
export const intercom: Dialect = {
  name: 'intercom',
  headerRows: ([first]) =>
    hasAll(first, ['conversation id']) && first?.some((text) => /^Updated at\b/i.test(text)) ? 1 : 0,
  columns: {
    feedback_date: [/^Conversation rated at\b/i, /^Updated at\b/i],
    score: ['Conversation rating'],
    feedback: ['Conversation rating remark'],
    user_id: ['User ID', 'User email'],
    response_id: ['Conversation ID'],
  },
}
