import type { CutCounts } from '../feedback/types.ts'

/** What the owner of a file should know of rows that were sent. */
export function notesOf(
  rows: Pick<CutCounts, 'unclaimed' | 'blank_scores' | 'cleaned'>,
  mapping: Record<string, string>,
): string[] {
  const { unclaimed, blank_scores, cleaned } = rows
  const notes: string[] = []
  if (unclaimed > 0) {
    notes.push(
      `${rowsWere(unclaimed)} sent although the column "${mapping.response_id}" holds no whole id: a spreadsheet has shortened it to a number such as 1.18E+11, so that nobody can tell whether these responses came before. Export the file again from the survey tool, and do not save it in a spreadsheet.`,
    )
  }
  if (blank_scores > 0) {
    notes.push(
      `${rowsWere(blank_scores)} sent without a score: "${mapping.score}" is negative there, which survey tools write for "not answered".`,
    )
  }
  if (cleaned > 0) {
    notes.push(`${rowsWere(cleaned)} sent without characters that are no text: NUL, or half of an emoji (now U+FFFD).`)
  }
  return notes
}

const rowsWere = (count: number) => (count === 1 ? '1 row was' : `${count} rows were`)
