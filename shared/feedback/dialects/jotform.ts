import type { Dialect } from './dialect.ts'

export const jotform: Dialect = {
  name: 'jotform',
  headerRows: ([first]) => (first?.[0]?.toLowerCase() === 'submission date' ? 1 : 0),
  columns: { feedback_date: ['Submission Date'], user_id: [/^"?e-?mail"?$/i], response_id: ['Submission ID'] },
}
