/**
 * Fields in the API's bracket notation: `tag[name]`, `tag[text_match_terms][]`. An empty list is sent as one empty
 * item, which is how such a form says "none".
 */
export function formFields(name: string, value: unknown): [name: string, value: string][] {
  if (value === undefined || value === null) return []
  if (Array.isArray(value)) {
    if (value.length === 0) return [[`${name}[]`, '']]
    return value.flatMap((item) => formFields(`${name}[]`, item))
  }
  if (typeof value === 'object') {
    return Object.entries(value).flatMap(([key, item]) => formFields(name === '' ? key : `${name}[${key}]`, item))
  }
  return [[name, String(value)]]
}

/** A query string with its question mark, or nothing. */
export function queryString(query: object): string {
  const params = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== null) params.set(name, String(value))
  }
  return params.size === 0 ? '' : `?${params}`
}
