import { FileError } from '../errors.ts'
import type { LedgerRecord } from '../ports.ts'
import { type Candidate, cutCandidate, sha256Of } from './candidate.ts'
import { isExhausted } from './deaths.ts'
import { type ImportDeps, sourceOf } from './deps.ts'
import { endAsDuplicate, endAsRejected } from './end-arrival.ts'
import { endFailed } from './failures.ts'
import { Held } from './held.ts'
import { dropIdOf, newCutId } from './identity.ts'
import { type Arrival, type Drop, dropGroup, SELF } from './records.ts'
import { isReplaceable, isUnderWay, waitForDrop } from './same-content.ts'
import { deleteCut, noteDigits, readDrop, writeProblems } from './store-access.ts'

const STEP = 'cut'
/** Cuts whose files are remembered for deletion; each is deleted at the next attempt already. */
const MAX_CUTS = 10

/** Reads, checks and cuts what arrived, and writes its drop's record; rejects what can't be imported. */
export async function workArrival(deps: ImportDeps, record: LedgerRecord<Arrival>): Promise<void> {
  if (record.value.state !== 'received') return
  const exhausted = isExhausted(record.value, STEP)
  const cutId = newCutId()
  using held = await Held.take(deps, record, STEP, (arrival) =>
    exhausted ? arrival : { ...arrival, cuts: [...arrival.cuts.slice(1 - MAX_CUTS), cutId] },
  )
  if (!held) return
  try {
    if (exhausted) await endAsRejected(deps, held, exhaustedError(held.value))
    else await cutArrival(deps, held, cutId)
  } catch (error) {
    await endFailed(deps, held, error, null)
  }
}

async function cutArrival(deps: ImportDeps, held: Held<Arrival>, cutId: string): Promise<void> {
  const source = sourceOf(deps, held.value.source)
  if (!source) return endAsRejected(deps, held, unknownSource(deps, held.value))
  const before = held.value.drop ? await readDrop(deps, held.value.drop) : undefined
  if (before?.value.arrival === held.value.id) return endCut(deps, held, before.value)
  // The configuration may name another CXI account by now: that one has not seen this content.
  const isSameAccount = before?.value.identity === deps.relay.accounts[source.account]?.identity
  if (before && isSameAccount && (await endKnown(deps, held, before.value))) return
  for (const earlier of held.value.cuts) if (earlier !== cutId) await deleteCut(deps, earlier)
  try {
    if (source.dedupe === 'rows' && deps.buffer) await knowContent(deps, held, source.account)
    const candidate = await cutCandidate(deps, held.value, source, cutId)
    await settle(deps, held, candidate)
  } catch (error) {
    if (!(error instanceof FileError)) throw error
    const known = error.code === 'file_gone' ? undefined : await sameDrop(deps, held.value, source.account, error)
    if (!known || !(await endKnown(deps, held, known))) await endAsRejected(deps, held, error)
  }
}

/** Rows are claimed while they are cut, for the content: so that must be known before, by reading it once more. */
async function knowContent(deps: ImportDeps, held: Held<Arrival>, accountName: string): Promise<void> {
  const account = deps.relay.accounts[accountName]
  const sha256 = account && (await sha256Of(deps, held.value.object))
  if (!account || !sha256) return
  const drop = dropIdOf(account, held.value.source, sha256)
  if (held.value.drop !== drop) await held.change((arrival) => ({ ...arrival, drop }))
}

/** Makes the candidate the record of its content, unless that content is on its way or done already. */
async function settle(deps: ImportDeps, held: Held<Arrival>, { drop, problems }: Candidate): Promise<void> {
  // All before the drop's record, in whatever order: together they wait for the disk once.
  await Promise.all([
    held.change((arrival) => ({ ...arrival, drop: drop.id })),
    noteDigits(deps, drop.id),
    writeProblems(deps, drop.id, drop.cutId, problems),
  ])
  const write = { group: dropGroup(drop.id), id: SELF, value: drop, dueAtMs: deps.clock.now() }
  for (;;) {
    if (await deps.ledger.create<Drop>(write)) break
    const existing = await readDrop(deps, drop.id)
    if (!existing) continue
    if (existing.value.arrival === held.value.id) return endCut(deps, held, existing.value)
    if (await endKnown(deps, held, existing.value, drop)) return
    if (!(await deps.ledger.update<Drop>(existing, write))) continue
    // What is left of an earlier generation that was given up.
    await deleteCut(deps, existing.value.cutId)
    break
  }
  deps.logger.info('drop.read', {
    drop: drop.object.key,
    rows: drop.counts.read,
    set_aside: drop.counts.set_aside,
    parts: drop.parts.length,
  })
  await endCut(deps, held, drop)
}

async function endCut(deps: ImportDeps, held: Held<Arrival>, drop: Drop): Promise<void> {
  for (const cut of held.value.cuts) if (cut !== drop.cutId) await deleteCut(deps, cut)
  await held.release((arrival) => ({ ...arrival, state: 'cut', cuts: [drop.cutId], waits: 0, note: null }), null)
  deps.wake?.({ group: dropGroup(drop.id), id: SELF })
}

/** The drop of another arrival that has this content, where a file can't be read any more as it once was. */
async function sameDrop(deps: ImportDeps, arrival: Arrival, accountName: string, error: FileError) {
  const account = deps.relay.accounts[accountName]
  if (!account) return undefined
  const sha256 = await sha256Of(deps, arrival.object, error)
  const existing = sha256 === null ? undefined : await readDrop(deps, dropIdOf(account, arrival.source, sha256))
  return existing && existing.value.arrival !== arrival.id ? existing.value : undefined
}

/** Ends an arrival whose content has a drop already, or lets it wait for that one's end; answers whether it did. */
async function endKnown(deps: ImportDeps, held: Held<Arrival>, known: Drop, cut: Drop | null = null): Promise<boolean> {
  if (isUnderWay(known)) await waitForDrop(deps, held, known)
  else if (isReplaceable(known)) return false
  else await endAsDuplicate(deps, held, known, cut)
  return true
}

function unknownSource(deps: ImportDeps, { object, source }: Arrival): FileError {
  const known = Object.keys(deps.relay.sources).sort()
  const named = source === '' ? `${object.key} lies in no source's folder` : `"${source}" is no source`
  return new FileError(
    'unknown_source',
    `${named} of relay.config.ts; nothing was sent. Add the source there, or drop the file into one of: ${known.map((name) => `inbox/${name}/`).join(', ')}.`,
  )
}

const exhaustedError = ({ object, note }: Arrival) =>
  new FileError(
    'attempts_exhausted',
    `Reading ${object.key} ended without a result at least five times in an hour or more${note ? ` (last: ${note.message})` : ''}; nothing was sent. When the cause is mended, use the command "retry" with this receipt, or drop the file again.`,
  )
