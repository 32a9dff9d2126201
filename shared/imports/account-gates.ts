import type { Account } from '../config/types.ts'
import type { ImportDeps } from './deps.ts'
import { AccountGate } from './gate.ts'

/** The gates alone, for who looks whether an account waits and calls nothing. */
export const accountGates = ({
  ledger,
  clock,
  logger,
  random,
}: Pick<ImportDeps, 'ledger' | 'clock' | 'logger' | 'random'>): ImportDeps['gate'] =>
  oncePer((account) => new AccountGate({ ledger, clock, logger, random, account }))

/** What is made once for each account. */
export function oncePer<T>(make: (account: Account) => T): (account: Account) => T {
  const made = new Map<string, T>()
  return (account) => {
    const one = made.get(account.name) ?? make(account)
    made.set(account.name, one)
    return one
  }
}
