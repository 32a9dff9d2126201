import type { MetricType } from '../cxi/types.ts'
import type { SpecialColumn } from '../feedback/types.ts'

/** What a person writes in `relay.config.ts`. */
export interface RelayConfig {
  accounts: Record<string, AccountConfig>
  sources: Record<string, SourceConfig>
  exports?: ExportConfig[]
  limits?: LimitsConfig
  /** Address under which the webhook door is reached from outside, where a proxy stands before it. */
  publicUrl?: string
}

export interface AccountConfig {
  /** Name of the secret with the credentials, for example `cxi-relay/main`. */
  secret: string
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
  provider: string
  secret: string
  settleSeconds?: number
  header?: string
  maxBytes?: number
  baseUrl?: string
}

export interface ExportConfig {
  type: 'responses' | 'users'
  schedule: string
  timezone?: string
  account?: string
  hosts?: string[]
}

export interface LimitsConfig {
  /** How long after an upload without an answer CXI is looked at again before it is sent again. @default 120 */
  graceSeconds?: number
  /** Longest time of one upload. @default 300 */
  postSeconds?: number
  /** Uploads at once. @default 4 */
  concurrency?: number
}

/** The configuration with every default in its place, as the product uses it. */
export interface Relay {
  accounts: Record<string, Account>
  sources: Record<string, Source>
  exports: ExportConfig[]
  limits: Required<LimitsConfig>
  publicUrl: string | null
}

export interface Account {
  name: string
  secret: string
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
