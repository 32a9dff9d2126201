import type { Source } from '../config/types.ts'
import { DateReader } from '../feedback/dates.ts'
import { responseIdOf } from '../imports/identity.ts'
import { pick } from './pick.ts'
import type { MappedResponse, ToolResponse } from './types.ts'

const TAKEN = new Set(['feedback_date', 'score', 'feedback', 'user_id', 'response_id'])
/** Labels of a source whose names are remembered; hardly any has more questions. */
const REMEMBERED = 2000

/** Maps the responses of one source. Its constructor throws what DateReader's does. */
export class ResponseMapper {
  readonly #columns: Source['columns']
  readonly #ownDates: DateReader
  readonly #configuredDates: DateReader
  readonly #names = new Map<string, PropertyName>()

  constructor({ columns, dates }: Pick<Source, 'columns' | 'dates'>) {
    this.#columns = columns
    // A tool's own date has its own form, whatever form the source's files have.
    this.#ownDates = new DateReader(dates?.zone === undefined ? {} : { zone: dates.zone })
    this.#configuredDates = new DateReader(dates ?? {})
  }

  /** The response as CXI gets it. Without a date of the tool's, it was given when it arrived. */
  map(response: ToolResponse, receivedAtMs: number): MappedResponse {
    const picked = pick(response, this.#columns)
    const special = new Set(Object.values(picked))
    const properties = new Map<string, string>()
    for (const answer of response.answers) {
      if (!special.has(answer)) properties.set(freeName(this.#nameOf(answer.label), properties), answer.value)
    }
    return {
      id: responseIdOf(picked.response_id?.value.trim() || response.id),
      feedback_date: this.#date(response, picked.feedback_date?.value, receivedAtMs),
      score: picked.score?.value.trim() ?? '',
      feedback: picked.feedback?.value ?? '',
      user_id: picked.user_id?.value.trim() ?? '',
      properties: [...properties],
    }
  }

  /** Made once for each label: the same questions come with every response. */
  #nameOf(label: string): PropertyName {
    const known = this.#names.get(label)
    if (known) return known
    const made = propertyName(label)
    if (this.#names.size >= REMEMBERED) this.#names.clear()
    this.#names.set(label, made)
    return made
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

interface PropertyName {
  name: string
  /** A special column is called so. */
  isTaken: boolean
}

function propertyName(label: string): PropertyName {
  const name = label.replace(/\s+/g, ' ').trim()
  return { name, isTaken: TAKEN.has(name.toLowerCase()) }
}

function freeName({ name, isTaken }: PropertyName, used: ReadonlyMap<string, string>): string {
  if (!isTaken && !used.has(name)) return name
  let n = 2
  while (used.has(`${name}_${n}`)) n++
  return `${name}_${n}`
}
