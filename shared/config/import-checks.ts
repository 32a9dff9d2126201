import { type Check, listOf, oneOf, text, truth, wholeNumber } from './problems.ts'

const language: Check = (value) =>
  typeof value === 'string' && /^[a-z]{2,3}([-_][a-zA-Z0-9]+)*$/.test(value)
    ? undefined
    : "must be a language code, for example 'en'"

const project: Check = (value) => (typeof value === 'number' ? wholeNumber(1)(value) : text(value))

/** What an `import` block may say, of the configuration or of an object's metadata. */
export const IMPORT_CHECKS: Record<string, Check> = {
  name: text,
  source: text,
  metric_type: oneOf('nps', 'ces', 'csat', 'other'),
  language,
  secondary_product_category_id: wholeNumber(1),
  tag_names: listOf(text),
  projects: listOf(project),
  createMissing: truth,
}
