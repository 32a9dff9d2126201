import type { MetricType } from '../cxi/types.ts'
import type { SpecialColumn } from '../feedback/types.ts'

/** What a person writes in `relay.config.ts`. */
export interface RelayConfig {
  accounts: Record<string, AccountConfig>
  sources: Record<string, SourceConfig>
  exports?: ExportConfig[]
  /** Where the mails with the exports' links arrive, besides the mail folder. */
  mail?: MailConfig
  /** Amazon SES, which receives the mails to the accounts' `mailTo` in the AWS home. */
  ses?: SesConfig
  limits?: LimitsConfig
  /** Who gets a mail from the AWS home; each address is asked by AWS once. The embedded home sends none. */
  alarms?: AlarmsConfig
  /** Address under which the webhook door is reached from outside, where a proxy stands before it. */
  publicUrl?: string
}

export interface AccountConfig {
  /** Name of the secret with the credentials, for example `cxi-relay/main`. */
  secret: string
  /** Address at which the mails with the account's exports arrive; on AWS, Amazon SES receives them there. */
  mailTo?: string
  /** Origin of the API without `/v1`. @default https://cxi-api.wootric.com */
  apiUrl?: string
  /** The whole address of the token endpoint. @default https://api.wootric.com/oauth/token */
  tokenUrl?: string
}

export interface SourceConfig {
  /** @default the only account */
  account?: string
  import?: ImportConfig
  /** Which column of a file (or answer of a webhook) is which: exact header text, or a pattern that must find one. */
  columns?: Partial<Record<SpecialColumn, string | RegExp>>
  dates?: { zone?: string; order?: 'day-first' | 'month-first'; format?: string }
  /** @default by byte order mark, else UTF-8 */
  encoding?: string
  /** @default 'set-aside' */
  rows?: 'set-aside' | 'all-or-nothing'
  /** @default 'drop', or 'rows' for a source with a webhook */
  dedupe?: 'drop' | 'rows' | 'none'
  /** @default 'rename' */
  reserved?: 'rename' | 'reject'
  privacy?: Record<string, 'drop' | 'hash' | 'mask'>
  webhook?: WebhookConfig
}

export interface ImportConfig {
  name?: string
  source?: string
  metric_type?: MetricType
  language?: string
  secondary_product_category_id?: number
  tag_names?: string[]
  /** Names; a number is an id. */
  projects?: (string | number)[]
  /** Whether tags and projects that CXI lacks are created. @default true */
  createMissing?: boolean
}

export interface WebhookConfig {
  /** The survey tool: the name of a file of shared/webhooks/providers. */
  provider: string
  /** Name of the secret that its deliveries prove to know. */
  secret: string
  /** How long a response waits for a later event of the same id. @default 60, or 1800 where the comment comes later */
  settleSeconds?: number
  /** Name of the header of a static secret, where it is not behind `?token=`. */
  header?: string
  /** Longest body. @default 262,144; at most 4,194,304 */
  maxBytes?: number
  /** Of the tool's API, where answers are fetched. @default the tool's own */
  baseUrl?: string
  /** How far a signed time may be from now, both ways. @default 300 */
  toleranceSeconds?: number
}

export interface ExportConfig {
  /** `responses` and `users` are CXI's exports, by mail; `recent` reads the newest responses from its list. */
  type: 'responses' | 'users' | 'recent'
  /** Five fields: minute, hour, day of the month, month, day of the week. */
  schedule: string
  /** IANA time zone of the schedule. @default 'UTC' */
  timezone?: string
  /** @default the only account */
  account?: string
  /** Origins that a mailed link may point to, besides that of the account's `apiUrl`. */
  hosts?: string[]
  /** How long CXI is not asked again while no mail has come. @default 60 */
  coolDownMinutes?: number
}

export interface MailConfig {
  /** Domains or addresses that a mail with an export's link may come from. @default any */
  from?: string[]
  /** A mailbox that the embedded home looks into every minute. */
  imap?: ImapConfig
}

export interface SesConfig {
  /** A receipt rule set that is there and active, to which a rule is added. @default a set of its own, to be activated */
  ruleSet?: string
}

export interface ImapConfig {
  host: string
  /** @default 993, or 143 without TLS */
  port?: number
  /** TLS from the first byte; without it, STARTTLS is required, except on loopback. @default true */
  secure?: boolean
  /** @default 'INBOX' */
  mailbox?: string
  /** Name of a secret `{"user":…,"pass":…}` or `{"user":…,"accessToken":…}`. */
  secret: string
}

/** Seconds may be fractions. */
export interface LimitsConfig {
  /** How long after an upload without an answer CXI is looked at again before it is sent again. @default 120 */
  graceSeconds?: number
  /** Longest time of one upload. @default 300 */
  postSeconds?: number
  /** How long work that its process left behind is let alone; it is renewed three times as often. @default 60 */
  leaseSeconds?: number
  /** Uploads at once. @default 4 */
  concurrency?: number
}

export interface AlarmsConfig {
  /** Addresses for the stack's alarms: who looks after it. */
  email?: string[]
  /** Addresses for files that were rejected or imported in part: who owns the data. */
  drops?: string[]
}

/** The configuration with every default in its place, as the product uses it. */
export interface Relay {
  accounts: Record<string, Account>
  sources: Record<string, Source>
  exports: ExportConfig[]
  mail?: MailConfig | undefined
  ses?: SesConfig | undefined
  limits: Required<LimitsConfig>
  alarms?: AlarmsConfig | undefined
  publicUrl: string | null
}

export interface Account {
  name: string
  secret: string
  mailTo?: string | undefined
  apiUrl: string
  tokenUrl: string
  /** Tells this CXI account from any other; part of a drop's identity. `sandbox` for the sandbox of the embedded home. */
  identity: string
}

export interface Source extends Omit<SourceConfig, 'account' | 'rows' | 'dedupe' | 'reserved' | 'import'> {
  name: string
  account: string
  import: ImportConfig
  rows: 'set-aside' | 'all-or-nothing'
  dedupe: 'drop' | 'rows' | 'none'
  reserved: 'rename' | 'reject'
}

/** The `import` block of one drop, its object metadata applied. `projects`: names; a number is an id. */
export interface ResolvedImport {
  name: string
  source?: string
  metric_type?: MetricType
  language?: string
  secondary_product_category_id?: number
  tag_names: string[]
  projects: (string | number)[]
  createMissing: boolean
}
