import { RelayError } from '../errors.ts'
import type { RowClaims } from '../feedback/row-claims.ts'
import { SeenIds } from '../feedback/seen-ids.ts'
import type { ResponseBuffer, ResponseScope } from '../ports.ts'
import type { ImportDeps } from './deps.ts'
import { responseIdOf } from './identity.ts'
import { receiptKey } from './paths.ts'
import { batchGroup, type Drop, SELF } from './records.ts'
import { readDrop } from './store-access.ts'

/** Claims the rows of one drop in the records that the webhook door keeps too. */
export class DropClaims implements RowClaims {
  readonly #refused = new Set<string>()
  /** Ids of rows that CXI has, where it refused others. */
  readonly #sent = new SeenIds()
  readonly #deps: ImportDeps
  readonly #buffer: ResponseBuffer
  readonly #scope: ResponseScope
  readonly #owner: string
  #owners = new Map<string, string | null>()
  /** Owners of rows that this drop has not got, known to have a record of their own. */
  readonly #decided = new Set<string>()

  constructor(deps: ImportDeps, buffer: ResponseBuffer, scope: ResponseScope, owner: string) {
    this.#deps = deps
    this.#buffer = buffer
    this.#scope = scope
    this.#owner = owner
  }

  knows(id: string): boolean {
    return this.#owners.has(id)
  }

  isForeign(id: string): boolean {
    return (this.#owners.get(id) ?? null) !== null
  }

  /** Throws a retryable RelayError `rows_undecided` where it is not known yet whether their owner sends them. */
  async claim(ids: string[]): Promise<void> {
    const known = [...new Set(ids)].map((id) => [id, responseIdOf(id)] as const)
    const owners = await this.#buffer.claim(this.#scope, [...new Set(known.map(([, key]) => key))], this.#owner)
    for (const owner of new Set(owners.values())) await this.#decide(owner)
    this.#owners = new Map(known.map(([id, key]) => [id, owners.get(key) ?? null]))
  }

  noteRefused(id: string): void {
    this.#refused.add(responseIdOf(id))
  }

  noteSent(id: string): void {
    this.#sent.add(responseIdOf(id))
  }

  /** Ids of which CXI refused every row: the file may hold one twice. */
  get refused(): string[] {
    return [...this.#refused].filter((id) => !this.#sent.has(id))
  }

  /** Receipt of a drop or batch that has rows which this drop has not; null where there are none. */
  async duplicateOf(): Promise<string | null> {
    const [owner] = this.#decided
    const drop = owner === undefined ? undefined : await readDrop(this.#deps, owner)
    return drop ? receiptKey(drop.value.object, drop.value.firstSeenMs) : (owner ?? null)
  }

  /** An owner that may yet be rejected would take its rows with it: this drop gives its own back, and waits. */
  async #decide(owner: string): Promise<void> {
    if (this.#decided.has(owner)) return
    const drop = await readDrop(this.#deps, owner)
    const isDecided = drop ? !isLettingGo(drop.value) : await this.#deps.ledger.get(batchGroup(owner), SELF)
    if (isDecided) {
      this.#decided.add(owner)
      return
    }
    await this.#buffer.release(this.#scope, this.#owner, this.#deps.clock.now())
    throw new RelayError(
      'rows_undecided',
      'Another file with some of the same rows is just being read; it waits for that.',
      {
        retryable: true,
      },
    )
  }
}

export const isLettingGo = ({ state, end, error }: Drop) =>
  state === 'undoing' || state === 'undone' || (end === 'rejected' && error?.code !== 'attempts_exhausted')
