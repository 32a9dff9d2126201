import { type DateReader, EARLIEST } from './dates.ts'

const EXCEL_EPOCH_S = 25_569 * 86_400
const SHORTENED = /^[+-]?\d(?:[.,]\d+)?E\+?\d+$/i

/** What most likely happened to a value that looks like a date and is none of feedback; undefined where nobody knows. */
export function likelyCause(value: string, dates: DateReader): string | undefined {
  if (SHORTENED.test(value)) {
    return 'It looks like a number that a spreadsheet has shortened, its last digits are lost. Export the file again and do not save it in a spreadsheet.'
  }
  if (/^[+-]?\d+(?:[.,]\d+)?$/.test(value)) return bareNumber(value)
  const read = dates.readAnyTime(value)
  if (typeof read !== 'number') return undefined
  const [day] = new Date(1000 * read).toISOString().split('T')
  const when = read < EARLIEST ? 'before the year 2000' : 'more than a year ahead'
  return `It is read as ${day}, which is ${when}. Correct it, or set dates.order or dates.format in the source if it means another day.`
}

function bareNumber(value: string): string {
  const number = Number(value.replace(',', '.'))
  if (number === 0) return 'It is 0, which tools write where there is no date. Fill the date in.'
  if (/^(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])$/.test(value)) {
    return "It looks like year, month and day without separators. Set the source's dates.format: 'yyyyMMdd'."
  }
  if (/^(?:19|20)\d{2}$/.test(value)) return 'It looks like a year. Write the whole date, such as 2026-10-31.'
  if (number > 20_000 && number < 80_000) {
    const [day] = new Date(1000 * (Math.floor(number) * 86_400 - EXCEL_EPOCH_S)).toISOString().split('T')
    return `It looks like a spreadsheet's number of a day (${day}). Give the column a date format there and save the file again.`
  }
  if (number >= 1e14) return 'It looks like Unix micro- or nanoseconds. Write Unix seconds or milliseconds.'
  return 'A number alone is read as Unix seconds or milliseconds, and this one lies before the year 2000 or more than a year ahead. Write a date, such as 2026-10-31.'
}
