import type { Outcome } from './store-response.ts'
import type { WebhookAnswer } from './types.ts'

const answer = (status: number, body: object, headers: Record<string, string> = {}): WebhookAnswer => ({
  status,
  headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
  body: JSON.stringify(body),
})

const error = (status: number, message: string, headers?: Record<string, string>) =>
  answer(status, { error: message }, headers)

/** Of several responses in one delivery, what matters most is told. */
const ORDER: Outcome[] = ['accepted', 'updated', 'late', 'duplicate']

export const outcomeOf = (outcomes: Outcome[]): Outcome | 'ignored' =>
  ORDER.find((outcome) => outcomes.includes(outcome)) ?? 'ignored'

/** Made once, as is every other answer. */
const BY_OUTCOME = new Map(
  [...ORDER, 'ignored' as const].map((status) => [status, answer(status === 'accepted' ? 202 : 200, { status })]),
)

export const answerOf = (outcome: Outcome | 'ignored'): WebhookAnswer => BY_OUTCOME.get(outcome) as WebhookAnswer

export const ALIVE = answer(200, { status: 'ok' })
export const QUARANTINED = answer(202, { status: 'accepted' })
export const UNKNOWN = error(404, 'There is no webhook at this address.')
/** A redirect that made a GET of a POST must not look delivered. */
export const NOT_ALLOWED = error(405, 'Deliveries are made with POST.', { allow: 'HEAD, POST' })
export const TOO_LARGE = error(413, 'The body is too large.')
/** One wording for every reason, so that nothing can be learnt from it. */
export const UNAUTHENTIC = error(401, 'The delivery does not prove where it comes from.')
export const TOO_MANY = error(429, 'Too many deliveries; try again later.', { 'retry-after': '10' })
export const UNAVAILABLE = error(503, 'It can’t be stored at the moment; try again later.', { 'retry-after': '30' })
