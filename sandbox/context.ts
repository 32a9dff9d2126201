import type { Analysis } from './analysis.ts'
import type { Answer } from './answer.ts'
import type { Database } from './database.ts'
import type { Account } from './demo.ts'
import type { Faults } from './faults.ts'
import type { Mailer } from './mail.ts'
import type { Call } from './request.ts'
import type { SandboxClock } from './sandbox-clock.ts'
import type { Stats } from './stats.ts'
import type { Unknowns } from './unknowns.ts'

/** What the whole sandbox works with. */
export interface SandboxContext {
  db: Database
  clock: SandboxClock
  unknowns: Unknowns
  mailer: Mailer
  /** Its own origin, for the links in mails. */
  url: string
  stats: Stats
  faults: Faults
  analysis: Analysis
}

/** What an endpoint works with: the account is the one whose token was sent. */
export interface AccountContext extends SandboxContext {
  account: Account
}

/** One endpoint of the API; `id` is the number in its path, 0 where it has none. Throws a Refusal. */
export type Endpoint = (context: AccountContext, call: Call, id: number) => Answer | Promise<Answer>
