import type { ExportDeps } from './deps.ts'
import { type ExportRequest, lockGroup, SELF } from './records.ts'
import { openRequests, readRequest } from './requests.ts'

interface Lock {
  kind: 'export-lock'
  request: string
  untilMs: number
}

/**
 * CXI allows one export in progress: takes the account's lock for a request, or keeps it; answers
 * whether it has it. The lock is free again when its request is answered by a mail, refused or
 * missing, or at its end.
 */
export async function takeLock(deps: ExportDeps, request: ExportRequest): Promise<boolean> {
  const now = deps.clock.now()
  const value: Lock = { kind: 'export-lock', request: request.id, untilMs: now + request.coolDownMs }
  const group = lockGroup(request.identity)
  for (;;) {
    const lock = await deps.ledger.get<Lock>(group, SELF)
    if (!lock) {
      if (await deps.ledger.create<Lock>({ group, id: SELF, value })) return true
      continue
    }
    if (lock.value.request !== request.id && lock.value.untilMs > now) {
      const holder = await readRequest(deps, lock.value.request)
      if (holder && isInProgress(holder.value)) return false
    }
    if (await deps.ledger.update<Lock>(lock, { value })) return true
  }
}

/**
 * Whether another account's export of the same type is in progress, where that matters: mails of one mailbox do not say
 * which account they are for, so that two of a type at once could be taken for each other.
 */
export async function isTypeBusyElsewhere(deps: ExportDeps, request: ExportRequest): Promise<boolean> {
  if (!deps.relay.mail?.imap) return false
  const identities = new Set(Object.values(deps.relay.accounts).map(({ identity }) => identity))
  identities.delete(request.identity)
  for (const identity of identities) {
    const open = await openRequests(deps, identity)
    if (open.some(({ value }) => value.type === request.type && isInProgress(value))) return true
  }
  return false
}

const isInProgress = ({ state }: ExportRequest) => state === 'asking' || state === 'asked'
