import type { Account } from '../config/types.ts'
import { FileError } from '../errors.ts'
import type { LedgerRecord } from '../ports.ts'
import { isExhausted } from './deaths.ts'
import type { ImportDeps } from './deps.ts'
import { accountOf } from './deps.ts'
import { endFailed, putOff } from './failures.ts'
import { Held } from './held.ts'
import { importNameOf, partTagOf } from './identity.ts'
import { type MetadataResolver, plainMetadata } from './metadata.ts'
import { type Drop, dropGroup, IDLE, type Part, partId, SELF } from './records.ts'
import { workWaits } from './waiting.ts'

const STEP = 'prepare'
/** A drop whose parts are on their way is looked at again after this, should everything else have failed. */
const LOOK_AGAIN_MS = 60_000

/** Resolves a drop's tags and projects, then writes the records of its parts: from here on it is being sent. */
export async function prepareDrop(
  deps: ImportDeps,
  resolver: MetadataResolver,
  record: LedgerRecord<Drop>,
): Promise<void> {
  const account = await workWaits(deps, record, () => accountOf(deps, record.value))
  if (!account || (await putOff(deps, record, account))) return
  const exhausted = isExhausted(record.value, STEP)
  // Where there is nothing to ask CXI for, the answer is written with the lease.
  const plain = exhausted ? null : plainMetadata(record.value)
  const written = (drop: Drop): Drop => (plain ? { ...drop, state: 'sending', sent: plain } : drop)
  using held = await Held.take(deps, record, STEP, written)
  if (!held) return
  try {
    if (exhausted) return await reject(held, deps, exhaustedError(held.value))
    await prepare(deps, resolver, held, account)
  } catch (error) {
    if (error instanceof FileError) await reject(held, deps, error)
    else await endFailed(deps, held, error, account)
  }
}

async function prepare(deps: ImportDeps, resolver: MetadataResolver, held: Held<Drop>, account: Account) {
  if (held.value.state === 'preparing') {
    const sent = await resolver.resolve(held.value, account)
    await deps.gate(account).open()
    await held.change((value) => ({ ...value, state: 'sending', sent }))
  }
  await createParts(deps, held.value)
  await held.release((value) => ({ ...value, waits: 0, note: null }), deps.clock.now() + LOOK_AGAIN_MS)
}

/** Writes the part records that are not there yet. */
export async function createParts(deps: ImportDeps, drop: Drop): Promise<void> {
  const group = dropGroup(drop.id)
  for (const { part, rows, bytes } of drop.parts) {
    const id = partId(drop.cutId, part)
    const value: Part = {
      ...IDLE,
      kind: 'part',
      drop: drop.id,
      cutId: drop.cutId,
      part,
      of: drop.parts.length,
      tag: partTagOf(drop.cutId, part),
      account: drop.account,
      identity: drop.identity,
      name: importNameOf(drop.metadata.name, part, drop.parts.length),
      rows,
      bytes,
      state: 'cut',
      attempt: null,
      attempts: 0,
      lastHardEndMs: 0,
      firstStartedMs: null,
      firstOffsetMs: 0,
      looks: 0,
      serverErrors: null,
      watch: null,
      importId: null,
      surplus: 0,
      describedAtMs: null,
      refusal: null,
    }
    if (await deps.ledger.create({ group, id, value, dueAtMs: deps.clock.now() })) deps.wake?.({ group, id })
  }
}

async function reject(held: Held<Drop>, deps: ImportDeps, error: FileError): Promise<void> {
  const failure = { code: error.code, message: error.message }
  const { id } = held.value
  await held.release(
    (drop) => ({ ...drop, state: 'finishing', end: 'rejected', error: failure, waits: 0, note: null }),
    deps.clock.now(),
  )
  deps.wake?.({ group: dropGroup(id), id: SELF })
}

const exhaustedError = ({ object, note }: Drop) =>
  new FileError(
    'attempts_exhausted',
    `Preparing ${object.key} ended without a result at least five times in an hour or more${note ? ` (last: ${note.message})` : ''}; nothing was sent. When the cause is mended, use the command "retry" with this receipt.`,
  )
