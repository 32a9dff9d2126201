import { type Dialect, hasAll } from './dialect.ts'

/** One column for each question and choice; unfinished responses come with a Response Type of their own. */
export const typeform: Dialect = {
  name: 'typeform',
  headerRows: ([first]) => (first?.[0] === '#' && hasAll(first, ['network id']) ? 1 : 0),
  guardsFormulas: true,
  columns: { feedback_date: [/^Submit Date\b/i], response_id: ['#'] },
  skip: [{ header: 'Response Type', values: ['partial', 'started'] }],
}
