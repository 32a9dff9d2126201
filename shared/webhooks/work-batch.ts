import { importMetadataOf } from '../config/metadata.ts'
import type { Source } from '../config/types.ts'
import { RelayError } from '../errors.ts'
import { snapshotOf } from '../imports/cutting.ts'
import { sourceOf } from '../imports/deps.ts'
import { endFailed } from '../imports/failures.ts'
import { Held } from '../imports/held.ts'
import { arrivalIdOf } from '../imports/identity.ts'
import { placeOf, setAsideKey, stampOf } from '../imports/paths.ts'
import {
  type Arrival,
  arrivalGroup,
  type Drop,
  dayGroup,
  dropGroup,
  IDLE,
  partKey,
  SELF,
  type Stamp,
} from '../imports/records.ts'
import { noteDigits, readDrop, writeProblems } from '../imports/store-access.ts'
import type { LedgerRecord } from '../ports.ts'
import { type Batch, batchKey } from './batch.ts'
import { BATCH_OPTIONS } from './batch-csv.ts'
import { cutResponses, type ResponsesCut } from './cut-responses.ts'
import type { WebhookDeps } from './deps.ts'
import { readIntent } from './intent.ts'
import { ResponseMapper } from './map-response.ts'
import { unpack } from './stored.ts'

/**
 * Decides every member of a batch, cuts those that joined and writes the drop that sends them. Every step may be repeated,
 * after a crash or beside a slower process: the drop's record, create-only, is what counts.
 */
export async function workBatch(deps: WebhookDeps, record: LedgerRecord<Batch>): Promise<void> {
  using held = await Held.take(deps, record, 'batch')
  if (!held) return
  try {
    if (!(await readDrop(deps, held.value.id))) await makeDrop(deps, held)
    await end(deps, held)
  } catch (error) {
    await endFailed(deps, held, error, null)
  }
}

async function makeDrop(deps: WebhookDeps, held: Held<Batch>): Promise<void> {
  const { id, intent, source: name, createdMs } = held.value
  const scope = scopeIn(held.value)
  const source = sourceIn(deps, name)
  const members = await readIntent(deps.objects, intent)
  // Gone while nothing of the batch is cut: whatever has joined it waits for the next one.
  if (!members) return deps.buffer.release(scope, id, deps.clock.now())
  const joined = await deps.buffer.join(scope, members, id)
  if (joined.length === 0) return
  const mapper = new ResponseMapper(source)
  const mapped = (await deps.buffer.read(scope, joined)).flatMap(({ id: response, content }) =>
    content ? [mapper.map(unpack(content), response)] : [],
  )
  const found = await cutResponses(id, mapped, deps.maxPartBytes)
  for (const [at, body] of found.bodies.entries()) await deps.objects.create(partKey(found.cutId, at + 1), body)
  const object = { key: batchKey(held.value), version: id }
  if (found.setAside.length > 0) await deps.objects.put(setAsideKey(object, createdMs), found.setAsideFile)
  await writeArrival(deps, held.value, object)
  await writeProblems(deps, id, found.cutId, found.problems)
  await held.change((batch) => ({ ...batch, setAside: found.setAside }))
  await noteDigits(deps, id)
  await deps.ledger.create<Drop>({
    group: dropGroup(id),
    id: SELF,
    value: dropOf(held.value, object, found, source),
    dueAtMs: deps.clock.now(),
  })
  deps.logger.info('batch.cut', { source: name, responses: joined.length, set_aside: found.setAside.length })
}

/** What was set aside waits until somebody asks for it, and can be dropped as a file meanwhile. */
async function end(deps: WebhookDeps, held: Held<Batch>): Promise<void> {
  const { id, intent, setAside } = held.value
  if (setAside.length > 0) await deps.buffer.release(scopeIn(held.value), id, null, setAside)
  await deps.objects.delete(intent)
  await held.remove()
  deps.wake?.({ group: dropGroup(id), id: SELF })
}

function sourceIn(deps: WebhookDeps, name: string): Source {
  const source = sourceOf(deps, name)
  if (source) return source
  throw new RelayError(
    'source_missing',
    `Responses are waiting for source "${name}", which relay.config.ts no longer names; put it back until they are sent.`,
    { retryable: true },
  )
}

const scopeIn = ({ identity, source }: Batch) => ({ identity, source })

/** Lets `status`, `undo` and `retry` know the batch as they know a dropped file. */
async function writeArrival(deps: WebhookDeps, batch: Batch, object: Arrival['object']): Promise<void> {
  const { source, createdMs: firstSeenMs, id: drop } = batch
  const id = arrivalIdOf(object)
  const day = new Date(firstSeenMs).toISOString().slice(0, 10)
  const stamp: Stamp = { kind: 'stamp', arrival: id, key: object.key }
  const stampId = `${stampOf(firstSeenMs)}.${placeOf(object.key).path}`
  await deps.ledger.create({ group: dayGroup(source, day), id: stampId, value: stamp })
  const ends = { end: null, error: null, drop, cuts: [] }
  const value: Arrival = { ...IDLE, kind: 'arrival', id, object, source, firstSeenMs, state: 'cut', ...ends }
  await deps.ledger.create<Arrival>({ group: arrivalGroup(id), id: SELF, value })
}

function dropOf(batch: Batch, object: Arrival['object'], found: ResponsesCut, source: Source): Drop {
  const { id, createdMs, account, identity } = batch
  const name = `${batch.source} ${new Date(createdMs).toISOString().slice(0, 16).replace('T', ' ')}`
  const isEmpty = found.parts.length === 0
  return {
    ...IDLE,
    kind: 'drop',
    door: 'webhook',
    id,
    cutId: found.cutId,
    object,
    arrival: arrivalIdOf(object),
    firstSeenMs: createdMs,
    source: batch.source,
    account,
    identity,
    state: isEmpty ? 'finishing' : 'preparing',
    end: isEmpty ? 'rejected' : null,
    error: isEmpty ? allSetAside(batch, found) : null,
    sha256: found.sha256,
    bytes: found.bytes,
    counts: found.counts,
    parts: found.parts,
    metadata: importMetadataOf(source, name, {}),
    sent: null,
    policy: 'set-aside',
    read: snapshotOf(BATCH_OPTIONS, { isClaimed: false, isAgain: false }),
    dialect: source.webhook?.provider ?? 'webhook',
    mapping: {},
    finishedAtMs: null,
    refusedSetAside: false,
    confirmed: false,
  }
}

const allSetAside = ({ source }: Batch, { counts, problems }: ResponsesCut) => ({
  code: 'all_rows_set_aside',
  message: `None of ${counts.read} responses can be imported; nothing was sent. Mend the source's columns and dates in relay.config.ts, then use the command "retry --source ${source} --since …", or mend them in rejected/ and drop that file.${problems[0] ? ` The first: ${problems[0].message}` : ''}`,
})
