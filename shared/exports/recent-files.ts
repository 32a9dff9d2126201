import type { CxiResponse } from '../cxi/types.ts'
import { quotedCell } from '../feedback/cells.ts'
import { feedbackMs } from './read-recent.ts'

/** One response a line, as CXI gives it. */
export const ndjsonOf = (responses: CxiResponse[]) =>
  responses.map((response) => `${JSON.stringify(response)}\n`).join('')

type Cell = (response: CxiResponse) => string

const COLUMNS: Record<string, Cell> = {
  id: ({ id }) => String(id),
  feedback_date: (response) => isoOf(feedbackMs(response)),
  user_id: ({ user_id }) => user_id ?? '',
  score: ({ score }) => (score === null ? '' : String(score)),
  metric_type: ({ metric_type }) => metric_type ?? '',
  feedback: ({ feedback }) => feedback ?? '',
  translated_feedback: ({ translated_feedback }) => translated_feedback ?? '',
  sentiment: ({ sentiment }) => sentiment ?? '',
  tags: ({ tags }) => tags.map(({ name }) => name).join('; '),
  tag_sentiments: ({ tags }) => tags.map(({ name, sentiment }) => `${name}: ${sentiment ?? ''}`.trim()).join('; '),
  project_ids: ({ project_ids }) => project_ids.join('; '),
}

/** A table with sentiment and tags, and a column for each custom property; one of the same name gets `_2`. */
export function csvOf(responses: CxiResponse[]): string {
  const keys = [...new Set(responses.flatMap(({ custom_properties }) => custom_properties.map(({ key }) => key)))]
  const header = [...Object.keys(COLUMNS), ...keys.map((key) => (Object.hasOwn(COLUMNS, key) ? `${key}_2` : key))]
  const lines = responses.map((response) => {
    const properties = new Map(response.custom_properties.map(({ key, value }) => [key, value]))
    return [
      ...Object.values(COLUMNS).map((cell) => cell(response)),
      ...keys.map((key) => String(properties.get(key) ?? '')),
    ]
  })
  return [header, ...lines].map((cells) => `${cells.map(quotedCell).join(',')}\n`).join('')
}

const isoOf = (ms: number) => (Number.isNaN(ms) ? '' : new Date(ms).toISOString())
