import type { FilePlan } from './file-plan.ts'
import type { Defect } from './set-aside.ts'
import { likelyCause } from './unlikely-date.ts'

const DATE_LIKE =
  /^[+-]?\d{1,8}(?:[.,]\d{1,9})?(?:E\+?\d{1,3})?$|^\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}(?:[T,\s]+[\d:.,\s]*(?:[ap]\.?m\.?)?(?:Z|UTC|GMT)?(?:[+-][\d:]+)?)?$/i
const PLAIN_FORM = 'Write it as 2026-10-31 or 2026-10-31 15:45:00, or set dates.format in the source.'
const NUMBER_LIKE = /^[+-]?[\d.,/]{1,12}%?$/

export function dateMissing(plan: FilePlan): Defect {
  return {
    code: 'feedback_date_missing',
    column: plan.date.found,
    message: 'The date is empty; CXI requires one for each response. Fill it in.',
  }
}

export function dateInvalid(plan: FilePlan, text: string, format: string | undefined): Defect {
  const advice =
    format === undefined
      ? (likelyCause(text.trim(), plan.dates) ?? PLAIN_FORM)
      : `It does not fit the source's dates.format "${format}", or is no date from 2000 to one year ahead.`
  const message = `The date${shown(text, DATE_LIKE)} can't be read. ${advice}`
  return { code: 'feedback_date_invalid', column: plan.date.found, message }
}

export function dateAmbiguous(plan: FilePlan, text: string): Defect {
  const message = `The date${shown(text, DATE_LIKE)} may be read with the day or with the month first. Set the source's dates.order to 'day-first' or 'month-first'.`
  return { code: 'feedback_date_ambiguous', column: plan.date.found, message }
}

export function scoreNotInteger(plan: FilePlan, text: string): Defect {
  const message = `The score${shown(text, NUMBER_LIKE)} is not a whole number. Write one, or leave it empty.`
  return { code: 'score_not_integer', column: plan.score?.found ?? null, message }
}

export function fieldCount(plan: FilePlan, count: number): Defect {
  const message = `The row has ${count} ${count === 1 ? 'cell' : 'cells'}, the header ${plan.columns.length}. Look for a missing or surplus delimiter, or a text with a delimiter that needs quotation marks.`
  return { code: 'field_count', column: null, message }
}

export function strayQuote(): Defect {
  const message =
    'A quotation mark in the row is not closed, or one inside a text is not doubled, so that lines may run together. Mend the quotation marks.'
  return { code: 'field_count', column: null, message }
}

export function notUtf8(encoding: string): Defect {
  const message =
    encoding === 'utf-8'
      ? `The row holds bytes that are not UTF-8; they stand as \\xF6 in the file of set-aside rows. Correct them there, or set the source's encoding, for example 'windows-1252'.`
      : `The row holds bytes that are not ${encoding}. Correct them, or set another encoding for the source.`
  return { code: 'not_utf8', column: null, message }
}

export function rowTooLarge(maxBytes: number, isKept: boolean): Defect {
  const kept = isKept ? '' : ' Its cells are in the original file only.'
  return {
    code: 'row_too_large',
    column: null,
    message: `The row is longer than ${maxBytes} bytes. Shorten it, and look for a quotation mark that is not closed.${kept}`,
  }
}

/** A date or number may be shown; anything else could be what a respondent wrote. */
function shown(text: string, form: RegExp): string {
  const value = text.trim()
  return value.length <= 40 && form.test(value) ? ` "${value}"` : ''
}
