/** An answer that is not a success; thrown by an endpoint, turned into HTTP by the server. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly status: number
  /** JSON; undefined for an empty body. */
  readonly body: unknown
  readonly headers: Record<string, string>

  constructor(status: number, body: unknown, headers: Record<string, string> = {}) {
    super(`HTTP ${status}`)
    this.status = status
    this.body = body
    this.headers = headers
  }
}

/** CXI's own form of an error body (cxi-api-docs.txt, line 70). */
export const refuse = (status: number, message: string): Refusal => new Refusal(status, { message })

/** The form of the product family's lists: `errors[0].message`. */
export const refuseParameter = (name: string, problem = 'does not have a valid value'): Refusal =>
  new Refusal(400, { type: 'error_list', errors: [{ status: 'invalid', message: `${name} ${problem}`, field: name }] })

/** Says that a record is not there; in which form, the server decides when it answers. */
export class NotFound extends Refusal {}

export const notFound = (what: string): NotFound => new NotFound(404, { message: what })

/** The forms that a 404 may have; which one CXI uses is not documented. */
export function notFoundBody(refusal: NotFound, form: 'message' | 'rails' | 'error-list'): unknown {
  if (form === 'rails') return { status: 404, error: 'Not Found' }
  if (form === 'message') return refusal.body
  const message = 'The record could not be found'
  return { type: 'error_list', errors: [{ status: 'record_not_found', message, field: null }] }
}
