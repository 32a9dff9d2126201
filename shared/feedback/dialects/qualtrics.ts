import type { Column } from '../header.ts'
import { type Dialect, type Head, hasAll } from './dialect.ts'

const IMPORT_ID = '{"ImportId":'

const GROUP = /^(.+)_NPS_GROUP$/

/** Three header rows: field ids, question texts in the exporting person's language, JSON with the id and the zone. */
export const qualtrics: Dialect = {
  name: 'qualtrics',
  headerRows(head: Head): number {
    for (const rows of [3, 2]) if (head[rows - 1]?.[0]?.startsWith(IMPORT_ID)) return rows
    // The legacy export: V1, V2, … and the names below.
    if (head[0]?.[0] === 'V1' && hasAll(head[1], ['responseid', 'startdate', 'enddate'])) return 2
    return hasAll(head[0], ['startdate', 'enddate', 'finished', 'responseid']) ? 1 : 0
  },
  nameOf(rows: string[][], index: number): string {
    const [first, second] = [rows[0]?.[index] ?? '', rows[1]?.[index] ?? '']
    return /^V\d+$/.test(first) && second !== '' ? second : first
  },
  columns: {
    feedback_date: ['RecordedDate', 'EndDate'],
    user_id: ['RecipientEmail', 'ExternalReference', 'EmailAddress', 'ExternalDataReference'],
    response_id: ['ResponseId'],
  },
  /** An NPS question is two columns: the answer, and its group (1 to 3 for detractor, passive, promoter). */
  scoreOf(columns: Column[]): Column | undefined {
    const questions = columns.flatMap(({ found }) => GROUP.exec(found)?.[1] ?? [])
    const [answer, ...others] = columns.filter(({ found }) => questions.includes(found))
    return others.length === 0 ? answer : undefined
  },
  zoneOf(date: Column): string | undefined {
    const json = date.texts.find((text) => text.startsWith(IMPORT_ID))
    return json && /"timeZone":\s*"([^"]+)"/.exec(json)?.[1]
  },
  endsWithDelimiter: true,
  skip: [
    // Words are in the exporting person's language; the channel and the progress are not.
    { header: 'DistributionChannel', values: ['preview'] },
    { header: 'Progress', values: Array.from({ length: 100 }, (_, percent) => String(percent)) },
    {
      header: 'Status',
      values: ['survey preview', 'survey test', 'survey preview spam', 'offline survey preview', '1', '2', '9', '17'],
    },
    { header: 'Finished', values: ['false', '0'] },
  ],
}
