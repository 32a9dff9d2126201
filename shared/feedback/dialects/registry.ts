import { asknicely } from './asknicely.ts'
import { delighted } from './delighted.ts'
import type { Dialect, Head } from './dialect.ts'
import { googleForms } from './google-forms.ts'
import { intercom } from './intercom.ts'
import { jotform } from './jotform.ts'
import { qualtrics } from './qualtrics.ts'
import { surveymonkey } from './surveymonkey.ts'
import { tally } from './tally.ts'
import { typeform } from './typeform.ts'
import { wootric } from './wootric.ts'
import { zendesk } from './zendesk.ts'

/** Those that can be told for sure come first. */
const DIALECTS: Dialect[] = [
  qualtrics,
  typeform,
  surveymonkey,
  tally,
  intercom,
  delighted,
  wootric,
  asknicely,
  zendesk,
  jotform,
  googleForms,
]

const PLAIN: Dialect = { name: 'plain', headerRows: () => 1, columns: {} }

/** Whether a dialect was made from documentation only, so that people should look at what it mapped. */
export function isUnconfirmed(name: string): boolean {
  return DIALECTS.some((dialect) => dialect.name === name && dialect.isUnconfirmed === true)
}

/** The dialect of a file by its first records, and how many of them are header rows. */
export function dialectOf(head: Head): { dialect: Dialect; headerRows: number } {
  for (const dialect of DIALECTS) {
    const headerRows = dialect.headerRows(head)
    if (headerRows > 0) return { dialect, headerRows }
  }
  return { dialect: PLAIN, headerRows: 1 }
}
