import type { ImportDeps } from '../../shared/imports/deps.ts'
import type { SecretStore } from '../../shared/ports.ts'
import type { WebhookDeps } from '../../shared/webhooks/deps.ts'
import type { StackOptions } from '../stack/aws.ts'
import { type StoredOptions, withStored } from './stored.ts'

/** Which home a command is about: a data folder, or a deployed stack where one is named. */
export type HomeOptions = StoredOptions & Partial<StackOptions>

/** A home that a command looks into or writes to, beside those who do its work. */
export interface OpenedHome {
  deps: ImportDeps
  secrets: SecretStore
  isRunning: boolean
  /** Which home it is and how it is, in a sentence. */
  about: string
  /** When what was asked for is done, as a sentence after another; empty where it is done at once. */
  whenDone: string
  /**
   * Does what is due where nobody else would, until `isDone`; answers whether it is. Beside a running home, and on a
   * stack, others do the work: then false at once.
   */
  finish(isDone: () => Promise<boolean>): Promise<boolean>
  /** Whether a service watches the time of its schedules, not the home itself. */
  isTimedByService: boolean
  /** What webhooks need, the key of hashed columns too. */
  webhookDeps(): Promise<WebhookDeps>
}

/** Opens the home that the options name. The AWS SDK is loaded only where that is a stack. */
export async function withHome<T>(options: HomeOptions, work: (home: OpenedHome) => Promise<T>): Promise<T> {
  const { stack, ...rest } = options
  if (stack === undefined) return withStored(rest, work)
  const { withStack } = await import('../stack/home.ts')
  return withStack({ ...rest, stack }, work)
}
