import type { Fetcher } from './fetch/fetcher.ts'
import type { Proof } from './proof.ts'
import type { Reading } from './types.ts'

/** A survey tool that delivers responses by webhook. */
export interface Provider {
  /** As `webhook.provider` of a source names it. */
  name: string
  /** How a delivery proves where it comes from: the first that the request carries decides. */
  proofs: readonly Proof[]
  /** Where in the tool the address is pasted, and what has to be chosen there; one or two sentences. */
  setup: string
  /** How long a response waits for a later event of the same id. @default 60 */
  settleSeconds?: number
  /** Whether its set-up calls the address by GET, which is answered 405 for every other tool. */
  pingsByGet?: true
  /**
   * What stands in a decoded event; `deliveryId` is the sender's own id of the delivery, where it has one. Throws RelayError
   * `webhook_unreadable` for what is no event of this tool.
   */
  read(event: unknown, deliveryId?: string): Reading
  /** For tools that deliver ids only. */
  fetcher?: Fetcher
}
