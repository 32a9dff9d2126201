import type { LedgerRecord } from '../ports.ts'
import { confirmPart } from './confirm.ts'
import { accountOf, type ImportDeps } from './deps.ts'
import { describePart } from './describe.ts'
import { putOff } from './failures.ts'
import { findUpload } from './find.ts'
import type { Drop, Part } from './records.ts'
import { removePart, withdrawPart } from './remove.ts'
import { sendPart } from './send.ts'
import { readDrop } from './store-access.ts'
import { watchPart } from './surplus.ts'
import { workWaits } from './waiting.ts'

type Step = 'send' | 'find' | 'describe' | 'confirm' | 'watch' | 'withdraw' | 'remove'

/** What a part needs next, given what its drop is about. */
function nextStep(part: Part, drop: Drop): Step | null {
  const undoing = drop.state === 'undoing'
  switch (part.state) {
    case 'cut':
    case 'claimed':
      if (undoing) return 'withdraw'
      return drop.state === 'sending' ? 'send' : null
    case 'uploading':
    case 'inconclusive':
      return 'find'
    case 'created':
      return undoing ? 'remove' : 'describe'
    case 'described':
      return undoing ? 'remove' : 'confirm'
    case 'exhausted':
      if (!undoing) return null
      return part.importId === null ? 'withdraw' : 'remove'
    case 'confirmed':
    case 'mismatch':
      if (undoing) return 'remove'
      return part.watch ? 'watch' : null
    case 'refused':
    case 'withdrawn':
    case 'deleted':
      return null
  }
}

/** Works on one part until it has nothing to do or must wait. */
export async function workPart(deps: ImportDeps, due: LedgerRecord<Part>): Promise<void> {
  let record: LedgerRecord<Part> | undefined = due
  while (record) {
    const drop = await readDrop(deps, record.value.drop)
    const step = drop?.value.cutId === record.value.cutId ? nextStep(record.value, drop.value) : null
    if (!drop || step === null) {
      const { lease } = record.value
      if (record.dueAtMs === null || (lease && lease.untilMs > deps.clock.now())) return
      await deps.ledger.update(record, { value: record.value })
      return
    }
    const before: Part['state'] = record.value.state
    if (!(await run(deps, record, drop.value, step))) return
    const after: LedgerRecord<Part> | undefined = await deps.ledger.get<Part>(record.group, record.id)
    if (!after || after.value.lease || after.value.state === before) return
    record = after.dueAtMs !== null && after.dueAtMs <= deps.clock.now() ? after : undefined
  }
}

/** Answers whether the step ran, or had to be put off. */
async function run(deps: ImportDeps, record: LedgerRecord<Part>, drop: Drop, step: Step): Promise<boolean> {
  if (step === 'withdraw') {
    await withdrawPart(deps, record)
    return true
  }
  const account = await workWaits(deps, record, () => accountOf(deps, record.value))
  if (!account || (await putOff(deps, record, account))) return false
  if (step === 'send') await sendPart(deps, record, drop, account)
  else if (step === 'find') await findUpload(deps, record, account)
  else if (step === 'describe') await describePart(deps, record, drop, account)
  else if (step === 'confirm') await confirmPart(deps, record, account)
  else if (step === 'watch') await watchPart(deps, record, account)
  else await removePart(deps, record, account)
  return true
}
