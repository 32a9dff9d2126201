import { cut } from '../feedback/cut.ts'
import type { CutInput, CutResult, ReadOptions } from '../feedback/types.ts'
import type { DropObject } from '../ports.ts'
import type { DropRows } from './again/drop-rows.ts'
import type { Entries } from './again/entries.ts'
import type { ImportDeps } from './deps.ts'
import type { ReadSnapshot } from './records.ts'
import { SetAsideFiles } from './set-aside-files.ts'

interface ReadJob {
  object: DropObject
  options: ReadOptions
  /** When the object was first seen: what counts as a date of the future must not change from pass to pass. */
  nowMs: number
  /** Key of the set-aside rows of a file, by its number in an archive (else 1). */
  setAsideKey: (file: number) => string
  writePart: (part: number, bytes: Uint8Array) => Promise<void>
  refused?: CutInput['refused']
  claims?: CutInput['claims']
  known?: CutInput['known']
  /** Gathers the rows that are cut, to compare them with other files'. */
  rows?: DropRows | undefined
}

/** What a reading found; `options` are those that it was read with in the end. */
export type DropReading = CutResult & { hasSetAside: boolean; options: ReadOptions }

/**
 * Reads a dropped object: its parts to `writePart`, its set-aside rows to the objects `setAsideKey`. Where a date below
 * settles the order of day and month for rows above, a second pass writes every part again, with these rows in it.
 */
export async function readDropped(deps: ImportDeps, job: ReadJob): Promise<DropReading> {
  const first = await readOnce(deps, job)
  if (!hasSettled(first)) return { ...first, options: job.options }
  const options = { ...job.options, orders: { ...job.options.orders, ...first.settledOrders } }
  return { ...(await readOnce(deps, { ...job, options })), options }
}

const hasSettled = ({ settledOrders }: CutResult) => Object.keys(settledOrders).length > 0

async function readOnce(deps: ImportDeps, job: ReadJob): Promise<CutResult & { hasSetAside: boolean }> {
  const setAside = new SetAsideFiles(deps.objects, job.setAsideKey)
  const { rows } = job
  await rows?.begin()
  try {
    const result = await cut(
      {
        source: deps.objects.readDrop(job.object),
        // A part is stored when `writePart` resolves; a new buffer for each would wait long to be collected.
        reuseParts: true,
        nowMs: job.nowMs,
        options: deps.privacyKey ? { ...job.options, privacyKey: deps.privacyKey } : job.options,
        ...(deps.maxPartBytes === undefined ? {} : { maxPartBytes: deps.maxPartBytes }),
        ...(job.refused ? { refused: job.refused } : {}),
        ...(job.claims ? { claims: job.claims } : {}),
        ...(job.known ? { known: job.known } : {}),
        ...(rows ? { rowKey: rows.key } : {}),
        ...(deps.signal ? { signal: deps.signal } : {}),
      },
      {
        writePart: job.writePart,
        writeSetAside: (chunk, file) => setAside.write(chunk, file),
        ...(rows ? { noteRows: (entries: Entries) => rows.add(entries) } : {}),
        progress: (state) => deps.onProgress?.(job.object.key, state),
      },
    )
    if (hasSettled(result)) {
      // The second pass writes what is still defective then.
      await setAside.discard(new Error('The order of day and month was settled.'))
      return { ...result, hasSetAside: false }
    }
    return { ...result, hasSetAside: await setAside.end() }
  } catch (error) {
    await setAside.abort(error)
    throw error
  }
}

/** `isClaimed`: whether rows were claimed by their ids; `isAgain`: whether rows were left out that were sent before. */
export function snapshotOf(options: ReadOptions, done: { isClaimed: boolean; isAgain: boolean }): ReadSnapshot {
  const columns: ReadSnapshot['columns'] = {}
  for (const [name, column] of Object.entries(options.columns ?? {})) {
    columns[name] = column instanceof RegExp ? { pattern: column.source, flags: column.flags } : column
  }
  const { dates, orders, encoding, privacy } = options
  return {
    ...done,
    columns,
    reserved: options.reserved ?? 'rename',
    ...(dates ? { dates } : {}),
    ...(orders ? { orders } : {}),
    ...(encoding === undefined ? {} : { encoding }),
    ...(privacy ? { privacy } : {}),
  }
}

export function optionsOf(snapshot: ReadSnapshot): ReadOptions {
  const { columns, isClaimed: _, isAgain: __, ...options } = snapshot
  const entries = Object.entries(columns).map(([name, column]) => [
    name,
    typeof column === 'string' ? column : new RegExp(column.pattern, column.flags),
  ])
  return { ...options, columns: Object.fromEntries(entries) }
}
