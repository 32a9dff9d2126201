/** What the product needs from a home. Every port has a memory, a SQLite/folder and an AWS store, with one test suite. */

/** The time, passed in so that tests decide what it is. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number
  /** Resolves after `ms`, or rejects with the signal's reason. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}

/** One line for each step: a stable event code with ids and counts, never content of a response. */
export interface Logger {
  info(event: string, fields?: Record<string, unknown>): void
  warn(event: string, fields?: Record<string, unknown>): void
  /** Something a person should look at; the message says what to do. */
  alarm(event: string, fields?: Record<string, unknown>): void
}

/** A dropped object: where it lies (`inbox/<source>/…`) and which version of it is meant. */
export interface DropObject {
  key: string
  version: string
}

/** Body of an object to be stored. */
export type Body = Uint8Array | AsyncIterable<Uint8Array>

/**
 * Files by key: `parts/…`, `receipts/…`, `rejected/…`, and the dropped objects themselves. A stored object is seen
 * whole or not at all. Every method may throw a retryable RelayError `store_unavailable` (a full disk too: `disk_full`).
 */
export interface ObjectStore {
  /** Streams an object. Throws RelayError `object_missing` where there is none. */
  read(key: string): AsyncIterable<Uint8Array>
  /** Stores it unless the key is taken; answers whether it did. */
  create(key: string, body: Body): Promise<boolean>
  /** Stores it, over what was there. */
  put(key: string, body: Body): Promise<void>
  /** Removes it; no error where there is none. */
  delete(key: string): Promise<void>
  /** Keys that begin with `prefix`, in code point order. */
  list(prefix: string): AsyncIterable<{ key: string; bytes: number; modifiedMs: number }>

  /**
   * Streams a dropped object, that version; a chunk is good until the next is asked for. Throws RelayError
   * `object_missing` where it is gone.
   */
  readDrop(drop: DropObject): AsyncIterable<Uint8Array>
  /** Size in bytes and user metadata (names in lower case) of a dropped object; undefined where it is gone. */
  headDrop(drop: DropObject): Promise<DropHead | undefined>
  /** Shows a drop's end where its owner looks: a tag on S3, a move to `done/<state>/<source>/` in a folder. Repeatable. */
  markDrop(drop: DropObject, state: DropEnd): Promise<void>
}

export interface DropHead {
  bytes: number
  metadata: Record<string, string>
}

/** The visible ends of a dropped file. */
export type DropEnd = 'imported' | 'partial' | 'rejected' | 'duplicate' | 'undone'

/** A record of the ledger. `group` and `id` together are its key; `version` grows by one with each change. */
export interface LedgerRecord<T> {
  group: string
  id: string
  version: number
  value: T
  /** When somebody must look at it again, in ms since the epoch; null when nobody must. */
  dueAtMs: number | null
}

export interface LedgerWrite<T> {
  group: string
  id: string
  value: T
  dueAtMs?: number | null
  /** When the record may be forgotten, in ms since the epoch; null or left out: never. */
  expiresAtMs?: number | null
}

/**
 * Small JSON records with conditional writes and an index of what is due. Every write is durable before it answers.
 * Every method may throw a retryable RelayError `store_unavailable`.
 */
export interface Ledger {
  get<T>(group: string, id: string): Promise<LedgerRecord<T> | undefined>
  /** Writes a new record; undefined where the key is taken. */
  create<T>(write: LedgerWrite<T>): Promise<LedgerRecord<T> | undefined>
  /**
   * Replaces value and due time (left out: not due) if the record still has this version; undefined where it has
   * not. An expiry that is left out stays as it was.
   */
  update<T>(
    record: LedgerRecord<unknown>,
    change: { value: T; dueAtMs?: number | null; expiresAtMs?: number | null },
  ): Promise<LedgerRecord<T> | undefined>
  /** Removes the record if it still has this version; answers whether it did. */
  remove(record: LedgerRecord<unknown>): Promise<boolean>
  /** All records of a group, by id in code point order. */
  list<T>(group: string): Promise<LedgerRecord<T>[]>
  /** Records due at `nowMs` or before, the longest due first, at most `limit`. */
  due(nowMs: number, limit: number): Promise<LedgerRecord<unknown>[]>
}

/** Credentials and tokens by name. */
export interface SecretStore {
  /**
   * The JSON object stored under `name`, and a version that changes when it does; undefined where there is none.
   * `fresh` passes by any cache. Throws RelayError `secret_invalid` when it is not a JSON object.
   */
  read(name: string, options?: { fresh?: boolean }): Promise<Secret | undefined>
  /** Stores a token that this software made itself (never a person's credentials); answers its version. */
  writeToken(name: string, value: Record<string, unknown>): Promise<string>
  /** A token as written by `writeToken`; `version` asks for that one (older ones may be gone: undefined). */
  readToken(name: string, version?: string): Promise<Secret | undefined>
}

export interface Secret {
  value: Record<string, unknown>
  version: string
}

/** Responses of one source on their way to one CXI account (its identity). */
export interface ResponseScope {
  identity: string
  source: string
}

/** What a response is at the moment, as the webhook door stores it. */
export interface ResponseContent {
  /** Packed; only the webhook door reads it. */
  content: Uint8Array
  /** Size of what it is unpacked. */
  bytes: number
  /** Equal for equal contents. */
  hash: string
  /** Tells a later event from an earlier one; null where the tool says neither. */
  order: number | null
  /** From when on it may join a batch; null: not before somebody asks for it. */
  settledAtMs: number | null
}

/** A response that waits, or went, to CXI; or a row of a file that did, which has no content. */
export interface BufferedResponse extends Omit<ResponseContent, 'content' | 'bytes'> {
  id: string
  version: number
  /** Id of the batch or drop that it belongs to for good; null while it waits. */
  owner: string | null
  content: Uint8Array | null
  firstMs: number
}

/** What an event means for the response that is there already; content only where that has no owner. */
export type Revision = 'duplicate' | 'late' | ResponseContent

/**
 * Responses by the tool's own id, each owned by at most one batch or drop. Every write is durable before it answers. Every
 * method may throw a retryable RelayError `store_unavailable` (or `disk_full`).
 */
export interface ResponseBuffer {
  /** Stores a new response, or does what `revise`, which may be called more than once, says about the one that is there. */
  put(
    scope: ResponseScope,
    id: string,
    content: ResponseContent,
    revise: (existing: BufferedResponse) => Revision,
  ): Promise<'accepted' | 'duplicate' | 'updated' | 'late'>
  /** Those of these ids that are there, in the order of the ids. */
  read(scope: ResponseScope, ids: readonly string[]): Promise<BufferedResponse[]>
  /** Responses that may join a batch at `nowMs`, the longest settled first; `bytes` of what they say. */
  settled(scope: ResponseScope, nowMs: number, limit: number): Promise<{ id: string; version: number; bytes: number }[]>
  /** Those with a content and no owner, settled or not, first stored at `sinceMs` or later; by id. */
  unsent(scope: ResponseScope, sinceMs: number): AsyncIterable<BufferedResponse>
  /** Makes `owner` the owner of each that still has its version and no owner; answers the ids that are `owner`'s now. */
  join(
    scope: ResponseScope,
    members: readonly (readonly [id: string, version: number])[],
    owner: string,
  ): Promise<string[]>
  /** Makes `owner` the owner of each id that has none, stored or not; answers the owners of the others. */
  claim(scope: ResponseScope, ids: readonly string[], owner: string): Promise<Map<string, string>>
  /**
   * Takes `owner` off all of its responses, or off `ids` of them: those without content are forgotten, the others wait
   * from `settledAtMs` on (null: until somebody asks for them).
   */
  release(scope: ResponseScope, owner: string, settledAtMs: number | null, ids?: readonly string[]): Promise<void>
}
