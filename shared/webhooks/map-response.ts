import type { Source } from '../config/types.ts'
import { DateReader } from '../feedback/dates.ts'
import { pick } from './pick.ts'
import { propertyNames } from './property-names.ts'
import type { Mapped } from './sort-out.ts'
import type { StoredResponse } from './stored.ts'
import type { ToolResponse } from './types.ts'

/** Maps the responses of one source. Its constructor throws what DateReader's does. */
export class ResponseMapper {
  readonly #columns: Source['columns']
  readonly #ownDates: DateReader
  readonly #configuredDates: DateReader

  constructor({ columns, dates }: Pick<Source, 'columns' | 'dates'>) {
    this.#columns = columns
    // A tool's own date has its own form, whatever form the source's files have.
    this.#ownDates = new DateReader(dates?.zone === undefined ? {} : { zone: dates.zone })
    this.#configuredDates = new DateReader(dates ?? {})
  }

  /** The response as CXI gets it, under the id that it is stored by. Without a date of the tool's, it was given when it arrived. */
  map({ event, receivedAtMs }: StoredResponse, id: string): Mapped {
    const { picked, doubts } = pick(event, this.#columns)
    const special = new Set(Object.values(picked))
    const others = propertyNames(event.answers.filter((answer) => !special.has(answer)))
    const response = {
      id,
      feedback_date: this.#date(event, picked.feedback_date?.value, receivedAtMs),
      score: picked.score?.value.trim() ?? '',
      feedback: picked.feedback?.value ?? '',
      user_id: picked.user_id?.value.trim() ?? '',
      properties: [...others].flatMap(([{ value }, name]): [string, string][] => (value === '' ? [] : [[name, value]])),
    }
    return { response, doubts }
  }

  #date({ date }: ToolResponse, configured: string | undefined, receivedAtMs: number): string {
    if (this.#columns?.feedback_date !== undefined) return readDate(this.#configuredDates, configured ?? '')
    return date === null ? String(Math.floor(receivedAtMs / 1000)) : readDate(this.#ownDates, date)
  }
}

/** Unix seconds, or the text as it stands, by which the row is set aside. */
function readDate(dates: DateReader, text: string): string {
  const read = dates.read(text)
  return typeof read === 'number' ? String(read) : text
}
