import { randomBytes } from 'node:crypto'
import type { Account } from '../config/types.ts'
import { CxiError } from '../cxi/errors.ts'
import { messageOf, RelayError } from '../errors.ts'
import type { LedgerRecord } from '../ports.ts'
import { isExhausted } from './deaths.ts'
import type { ImportDeps } from './deps.ts'
import { describeHeld } from './describe.ts'
import { closesGate, endFailed, noteOf } from './failures.ts'
import { Held, LeaseLost } from './held.ts'
import { uploadNameOf } from './identity.ts'
import { type Attempt, type Drop, type Owner, ownerGroup, type Part, partKey } from './records.ts'
import { countServerError, sayServerErrors } from './server-errors.ts'
import { changeAnyway, readDrop } from './store-access.ts'
import { closeUnknown, noteUnknown, waitBehindUnknown } from './unknown.ts'

const STEP = 'send'
/** How long after a lost answer CXI is looked at for the first time. */
const FIRST_LOOK_MS = 1000
/** Statuses by which CXI refuses an upload for its content. */
const CONTENT_STATUSES: ReadonlySet<number | null> = new Set([400, 413, 415, 422])

/** The drop was called back between two lines: nothing was sent. */
class CalledBack extends RelayError {
  override readonly name = 'CalledBack'

  constructor() {
    super('called_back', 'The drop is being undone.', { retryable: true })
  }
}

/** Claims and uploads one part, and describes the import that it became. */
export async function sendPart(
  deps: ImportDeps,
  record: LedgerRecord<Part>,
  drop: Drop,
  account: Account,
): Promise<void> {
  const place = await waitBehindUnknown(deps, record)
  if (place === 'waits') return
  const exhausted = isExhausted(record.value, STEP)
  const claim = (part: Part): Part => ({ ...part, state: 'claimed', attempt: null })
  using held = await Held.take(deps, record, STEP, claim)
  if (!held) return
  if (exhausted) {
    await held.release((part) => ({ ...part, state: 'exhausted' }), null)
    return
  }
  let importId: number
  try {
    const begin = () => upload(deps, held, account)
    importId = await (deps.inTurn ? deps.inTurn(begin) : begin())
  } catch (error) {
    return endUpload(deps, held, error, account)
  }
  await deps.gate(account).noteAccepted(place === 'beside')
  const uploadMs = deps.clock.now() - (held.value.attempt?.startedMs ?? deps.clock.now())
  const isHeld = await recordImport(deps, held, account, importId, { upload_ms: uploadMs })
  if (isHeld) await describeHeld(deps, held, drop, account)
}

async function upload(deps: ImportDeps, held: Held<Part>, account: Account): Promise<number> {
  const { cutId, tag, name, drop } = held.value
  const bytes = await readPart(deps, held.value)
  const timeoutMs = deps.relay.limits.postSeconds * 1000
  const api = deps.api(account)
  let isRepeat = false
  const { id } = await api.createImport({
    fileName: uploadNameOf(tag, name),
    bytes,
    timeoutMs,
    beforeSend: async () => {
      const startedMs = deps.clock.now()
      const hardEndMs = startedMs + timeoutMs
      const offsetMs = api.clockOffsetMs()
      const id = randomBytes(9).toString('base64url')
      const attempt: Attempt = { id, startedMs, hardEndMs, endedMs: null, offsetMs, missedMs: null }
      // Repeated is only what CXI has refused: with an old token.
      const more = isRepeat ? 0 : 1
      isRepeat = true
      await held.change((value) => ({
        ...value,
        state: 'uploading',
        attempt,
        attempts: value.attempts + more,
        lastHardEndMs: Math.max(value.lastHardEndMs, hardEndMs),
        firstStartedMs: value.firstStartedMs ?? startedMs,
        firstOffsetMs: value.firstStartedMs === null ? offsetMs : value.firstOffsetMs,
      }))
      const now = await readDrop(deps, drop)
      if (now?.value.state !== 'sending' || now.value.cutId !== cutId) throw new CalledBack()
    },
  })
  return id
}

/** Writes what became of an upload that brought no id. Only what is known not to have happened may be sent again. */
async function endUpload(deps: ImportDeps, held: Held<Part>, error: unknown, account: Account): Promise<void> {
  if (error instanceof LeaseLost) return held.abandon()
  const now = deps.clock.now()
  const note = noteOf(error)
  const backToCut = (part: Part): Part => ({ ...forgotten(part), state: 'cut' })
  if (error instanceof CalledBack) {
    await held.release(backToCut, now)
  } else if (!(error instanceof CxiError)) {
    const isOpen = held.value.state === 'uploading'
    await endFailed(deps, held, error, account, isOpen ? (part) => ended(part, now) : backToCut)
  } else if (error.outcome === 'unknown') {
    deps.logger.warn('import.unknown', { part: held.value.name, ...note })
    const serverErrors = countServerError(held.value.serverErrors, error, now)
    if (serverErrors === null && closesGate(error)) await deps.gate(account).close(error)
    sayServerErrors(deps, held.value, serverErrors)
    await noteUnknown(deps, held.value, held.key.id)
    const lookMs = now + FIRST_LOOK_MS * (1 + deps.random())
    await held.release((part) => ({ ...ended(part, now), waits: 0, note, serverErrors }), lookMs)
  } else if (error.outcome === 'refused' && CONTENT_STATUSES.has(error.status)) {
    deps.logger.warn('import.refused', { part: held.value.name, status: error.status })
    const refusal = messageOf(error)
    await held.release((part) => ({ ...forgotten(part), state: 'refused', refusal, note: null }), null)
  } else {
    const dueAtMs = await deps.gate(account).close(error)
    await held.release((part) => ({ ...backToCut(part), waits: part.waits + 1, note }), dueAtMs)
  }
}

/** Nothing of it is in CXI. */
const forgotten = (part: Part): Part =>
  part.attempt === null ? part : { ...part, attempt: null, attempts: Math.max(0, part.attempts - 1) }

const ended = (part: Part, nowMs: number): Part =>
  part.attempt === null ? part : { ...part, attempt: { ...part.attempt, endedMs: part.attempt.endedMs ?? nowMs } }

/**
 * Notes which import a part became, also where its lease was lost meanwhile, as long as nobody has come to another
 * conclusion about this very upload. Answers whether the part is still held.
 */
export async function recordImport(
  deps: ImportDeps,
  held: Held<Part>,
  account: Account,
  importId: number,
  measured: { upload_ms?: number } = {},
): Promise<boolean> {
  const { drop, part, attempt, name } = held.value
  const { group, id } = held.key
  const created = (value: Part): Part => ({
    ...value,
    state: 'created',
    importId,
    attempt: null,
    serverErrors: null,
    waits: 0,
    note: null,
  })
  await own(deps, account, importId, { kind: 'owner', drop, part: id })
  if (held.value.looks > 0) await closeUnknown(deps, held.value, id)
  deps.logger.info('import.created', { part: name, number: part, import_id: importId, ...measured })
  try {
    await held.change(created)
    return true
  } catch (error) {
    held.abandon()
    if (!(error instanceof LeaseLost)) throw error
    await changeAnyway<Part>(deps, group, id, (value) =>
      ['uploading', 'inconclusive'].includes(value.state) && value.attempt?.id === attempt?.id
        ? { value: { ...created(value), lease: null }, dueAtMs: deps.clock.now() }
        : undefined,
    )
    return false
  }
}

async function own(deps: ImportDeps, account: Account, importId: number, owner: Owner): Promise<void> {
  const group = ownerGroup(account.identity, importId)
  if (await deps.ledger.create<Owner>({ group, id: 'owner', value: owner })) return
  const existing = await deps.ledger.get<Owner>(group, 'owner')
  if (existing?.value.part === owner.part) return
  deps.logger.alarm('import.contested', {
    import_id: importId,
    message: `Import ${importId} was known as another part's before. Compare both drops' receipts with CXI.`,
  })
}

/** A stored part in one piece. Throws RelayError `object_missing` where it is not there, or not as it was cut. */
async function readPart({ objects }: ImportDeps, { cutId, part, bytes }: Part): Promise<Uint8Array> {
  const key = partKey(cutId, part)
  // Not zeroed: all of it is written, or it is not used.
  const whole = Buffer.allocUnsafeSlow(bytes)
  let read = 0
  for await (const chunk of objects.read(key)) {
    if (read + chunk.length <= bytes) whole.set(chunk, read)
    read += chunk.length
  }
  if (read === bytes) return whole
  throw new RelayError('object_missing', `${key} holds ${read} bytes instead of ${bytes}; drop the file again.`)
}
