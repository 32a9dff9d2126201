import { createHash } from 'node:crypto'
import { importMetadataOf } from '../config/metadata.ts'
import type { Source } from '../config/types.ts'
import { RelayError } from '../errors.ts'
import { cut } from '../feedback/cut.ts'
import type { CutResult } from '../feedback/types.ts'
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
import { BATCH_OPTIONS, batchCsv } from './batch-csv.ts'
import type { WebhookDeps } from './deps.ts'
import { unpack } from './stored.ts'

/** What a batch was cut into, nothing of it stored yet. */
interface Cut extends CutResult {
  cutId: string
  bodies: Uint8Array[]
  setAsideFile: Uint8Array
  /** Ids of the responses that were set aside. */
  setAside: string[]
}

/**
 * Decides every member of a batch, cuts those that joined and writes the drop that sends them. Every step may be repeated,
 * after a crash or beside a slower process: the drop's record, create-only, is what counts.
 */
export async function workBatch(deps: WebhookDeps, record: LedgerRecord<Batch>): Promise<void> {
  const held = await Held.take(deps, record, 'batch')
  if (!held) return
  try {
    if (!(await readDrop(deps, held.value.id))) await makeDrop(deps, held)
    await end(deps, held)
  } catch (error) {
    await endFailed(deps, held, error, null)
  }
}

async function makeDrop(deps: WebhookDeps, held: Held<Batch>): Promise<void> {
  const { id, members, source: name, createdMs } = held.value
  const scope = scopeIn(held.value)
  const source = sourceIn(deps, name)
  const joined = await deps.buffer.join(scope, members, id)
  if (joined.length === 0) return
  const responses = (await deps.buffer.read(scope, joined)).flatMap(({ content }) => (content ? [unpack(content)] : []))
  const mapped = responses.map((response) => response.mapped)
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
  const { id, setAside } = held.value
  if (setAside.length > 0) await deps.buffer.release(scopeIn(held.value), id, null, setAside)
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

async function cutResponses(
  batchId: string,
  responses: Parameters<typeof batchCsv>[0],
  maxPartBytes: number | undefined,
): Promise<Cut> {
  const bytes = Buffer.from(batchCsv(responses))
  const bodies: Uint8Array[] = []
  const chunks: Uint8Array[] = []
  const rows = new Set<number>()
  const result = await cut(
    { source: chunked(bytes), options: BATCH_OPTIONS, ...(maxPartBytes === undefined ? {} : { maxPartBytes }) },
    {
      writePart: async (_, body) => void bodies.push(body),
      writeSetAside: async (chunk) => void chunks.push(chunk),
      noteSetAside: (row) => rows.add(row),
    },
  )
  // Named by what is in it: another version of the code that cuts it otherwise can't write over it.
  const hash = createHash('sha256').update(batchId)
  for (const body of bodies) hash.update(body)
  return {
    ...result,
    cutId: hash.digest('hex').slice(0, 24),
    bodies,
    setAsideFile: Buffer.concat(chunks),
    // The header is row 1.
    setAside: responses.flatMap(({ id }, at) => (rows.has(at + 2) ? [id] : [])),
  }
}

async function* chunked(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield bytes
}

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

function dropOf(batch: Batch, object: Arrival['object'], found: Cut, source: Source): Drop {
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

const allSetAside = ({ source }: Batch, { counts, problems }: Cut) => ({
  code: 'all_rows_set_aside',
  message: `None of ${counts.read} responses can be imported; nothing was sent. Mend the source's columns and dates in relay.config.ts, then use the command "retry --source ${source} --since …", or mend them in rejected/ and drop that file.${problems[0] ? ` The first: ${problems[0].message}` : ''}`,
})
