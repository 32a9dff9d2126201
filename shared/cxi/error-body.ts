const MAX_WORDS = 300

/**
 * What an error answer says, in one line of at most 300 characters, without e-mail addresses, tokens and query
 * strings. Empty where it says nothing. CXI, the token endpoint and a load balancer each have a form of their own.
 */
export function wordsOf(body: string): string {
  return cleaned(fromJson(body) ?? withoutTags(body))
}

/** Makes text from outside fit for an error message or a log. */
export function cleaned(text: string): string {
  const line = text
    // biome-ignore lint/suspicious/noControlCharactersInRegex: exactly these must not reach a log
    .replaceAll(/[\s\u0000-\u001f\u007f]+/g, ' ')
    .replaceAll(/[^\s@<>"'(),;:]+@[^\s@<>"'(),;:]+/g, '[address]')
    .replaceAll(/\b(https?:\/\/[^\s?#"']*)\?[^\s"']*/g, '$1')
    .replaceAll(/[\w\-+/=.~%]{20,}/g, (word) => (looksSecret(word) ? '[removed]' : word))
    .trim()
  return line.length > MAX_WORDS ? `${line.slice(0, MAX_WORDS - 1).toWellFormed()}…` : line
}

/** A field's name (`secondary_product_category_id`) or an address is not; what mixes letters and digits may be. */
function looksSecret(word: string): boolean {
  return (/\d/.test(word) && /[a-z]/i.test(word)) || word.length >= 64
}

function fromJson(body: string): string | undefined {
  let value: unknown
  try {
    value = JSON.parse(body)
  } catch {
    return undefined
  }
  if (typeof value === 'string') return value
  if (typeof value !== 'object' || value === null) return undefined
  const { message, errors, error_description, error } = value as Record<string, unknown>
  for (const words of [text(message), listed(errors), text(error_description), text(error)]) {
    if (words !== undefined) return words
  }
  return undefined
}

function text(value: unknown): string | undefined {
  if (typeof value === 'string' && value.trim() !== '') return value
  if (Array.isArray(value)) return listed(value)
  if (typeof value === 'object' && value !== null && 'message' in value) return text(value.message)
  return undefined
}

/** `errors` as a list of texts or of objects with a `message`, or as texts by field. */
function listed(errors: unknown): string | undefined {
  if (typeof errors !== 'object' || errors === null) return text(errors)
  const words = Array.isArray(errors)
    ? errors.map(text)
    : Object.entries(errors).map(([field, value]) => {
        const said = text(value)
        return said === undefined ? undefined : `${field}: ${said}`
      })
  const said = words.filter((word) => word !== undefined)
  return said.length > 0 ? said.join('; ') : undefined
}

function withoutTags(body: string): string {
  if (!/<\/?[a-z!][^>]*>/i.test(body)) return body
  const title = /<title[^>]*>([^<]*)<\/title>/i.exec(body)?.[1]?.trim()
  const visible = body
    .replaceAll(/<(script|style|head)\b[\s\S]*?(<\/\1\s*>|$)/gi, ' ')
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll(/&nbsp;/g, ' ')
  return title || visible
}
