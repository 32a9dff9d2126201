import type { Dialect } from './dialect.ts'

const TIMESTAMPS = [
  'timestamp',
  'zeitstempel',
  'horodateur',
  'marca temporal',
  'carimbo de data/hora',
  'informazioni cronologiche',
  'tijdstempel',
]

/** Dates follow the sheet's locale, so day and month need the source's `dates.order`. */
export const googleForms: Dialect = {
  name: 'google-forms',
  headerRows: ([first]) => (TIMESTAMPS.includes(first?.[0]?.toLowerCase() ?? '') ? 1 : 0),
  columns: { feedback_date: TIMESTAMPS, user_id: ['Email Address', 'Username'] },
}
