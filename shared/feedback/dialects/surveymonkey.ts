import { type Dialect, type Head, hasAny } from './dialect.ts'

/** Answers without a text of their own in the second header row. */
const WHOLE_QUESTION = /^(?:response|open-ended response)$/i

/** Two header rows: a question stands over the first of its columns only, its choices in the row below. */
export const surveymonkey: Dialect = {
  name: 'surveymonkey',
  headerRows(head: Head): number {
    const [first, second] = head
    if (!/^respondent ?id$/i.test(first?.[0] ?? '')) return 0
    const hasChoices = second !== undefined && second[0] === '' && second.length === first?.length
    if (hasChoices) return 2
    return hasAny(first, ['collector id', 'collectorid']) ? 1 : 0
  },
  nameOf(rows: string[][], index: number): string {
    const choice = rows[1]?.[index]?.trim() ?? ''
    const questions = rows[0] ?? []
    let at = index
    while (at > 0 && questions[at]?.trim() === '' && choice !== '') at--
    const question = questions[at]?.trim() ?? ''
    if (choice === '' || WHOLE_QUESTION.test(choice)) return question
    return question === '' ? choice : `${question} - ${choice}`
  },
  columns: {
    feedback_date: ['End Date', 'EndDate', 'Start Date', 'StartDate'],
    user_id: ['Email Address', 'Custom Data 1'],
    response_id: ['Respondent ID', 'RespondentID'],
  },
  halfDayOrder: 'month-first',
  blankScore: '-',
}
