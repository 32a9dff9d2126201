/** A request at the webhook door, as a home received it. */
export interface WebhookRequest {
  method: string
  /** By name in lower case; several of one name joined by a comma. */
  headers: Record<string, string>
  /** Path and query as they came, percent-encoded: `/webhooks/nps?token=…`. */
  path: string
  /** The exact bytes; signatures are made over them. */
  body: Uint8Array
  /** Milliseconds since the epoch. */
  receivedAtMs: number
  /** Whether a gateway handed the body over as text, which keeps only bytes that are UTF-8. */
  isText?: boolean
}

export interface WebhookAnswer {
  status: number
  headers: Record<string, string>
  /** JSON. */
  body: string
}

/** What an answer is, where its tool says so; the order of preference for each special column is in map-response.ts. */
export type Role =
  | 'nps'
  | 'scale'
  | 'rating'
  | 'comment'
  | 'long-text'
  | 'text'
  | 'user-id'
  | 'email'
  | 'external-id'
  | 'respondent'

/** One answer, hidden field or attribute of a response. */
export interface Answer {
  /** Readable name: what the property is called in CXI. */
  label: string
  /** Everything else that a configuration may call it by: question id, ref, key. */
  names: string[]
  value: string
  role?: Role
  /** Set when a privacy rule has been applied to `value`. */
  isPrivate?: true
}

/** One response as a provider reads it from an event, before the source's configuration is applied. */
export interface ToolResponse {
  /** The tool's own id of the response, the one that its CSV export bears. */
  id: string
  /** What tells a later event from an earlier one: the tool's time in ms, or its counter; null where it says neither. */
  order: number | null
  /** When it was submitted, as the tool writes it; null where the event does not say. */
  date: string | null
  answers: Answer[]
  /** The event holds some of the response's answers only: to be merged with what came before. */
  isPart?: true
}

/** A response whose answers the event does not carry: they are fetched from the tool after the delivery is answered. */
export interface Unfetched {
  id: string
  /** What the tool's API needs to find it, for example `{ survey: '1', response: '2' }`. */
  at: Record<string, string>
}

/** What an event holds: nothing for a ping, a decline or an unfinished response. */
export interface Reading {
  responses: ToolResponse[]
  unfetched?: Unfetched[]
  /** Elements of a list of responses that are none, and why. */
  strays?: { element: unknown; error: unknown }[]
}

/** A response as CXI gets it, but for the date's form: `feedback_date` is Unix seconds, or the text that can't be read. */
export interface MappedResponse {
  id: string
  feedback_date: string
  score: string
  feedback: string
  user_id: string
  /** Name and value, names unique. */
  properties: [name: string, value: string][]
}
