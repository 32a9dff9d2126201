import { cut } from '../feedback/cut.ts'
import { optionsOf } from './cutting.ts'
import type { ImportDeps } from './deps.ts'
import { responseIdOf } from './identity.ts'
import { refusedPartKey } from './paths.ts'
import { type Drop, partKey } from './records.ts'

/**
 * Lets go of the rows that a drop owns: those of a file may come again, responses that waited when a file claimed them
 * wait again, and those of a batch wait until somebody asks for them.
 */
export async function releaseRows(deps: ImportDeps, drop: Drop, ids?: readonly string[]): Promise<void> {
  const { identity, source, id, door } = drop
  await deps.buffer?.release({ identity, source }, id, door === 'webhook' ? null : deps.clock.now(), ids)
}

/** A rejected batch has no file that its owner could look at: its parts are put where set-aside rows are. */
export async function keepUnsentParts(deps: ImportDeps, drop: Drop): Promise<void> {
  if (drop.door !== 'webhook' || drop.refusedSetAside) return
  for (const { part } of drop.parts) {
    const key = refusedPartKey(drop.object, drop.firstSeenMs, part)
    await deps.objects.put(key, deps.objects.read(partKey(drop.cutId, part)))
  }
}

/** Ids of the responses in one stored part of a batch, as its rows were claimed. */
export async function responsesIn(deps: ImportDeps, drop: Drop, part: number): Promise<string[]> {
  const found = new Set<string>()
  const nowhere = async () => undefined
  const source = deps.objects.read(partKey(drop.cutId, part))
  const claims = {
    knows: (id: string) => found.has(responseIdOf(id)),
    isForeign: () => false,
    claim: async (ids: string[]) => ids.forEach((id) => void found.add(responseIdOf(id))),
    noteRefused: () => undefined,
    noteSent: () => undefined,
  }
  const nowMs = drop.firstSeenMs
  await cut({ source, options: optionsOf(drop.read), nowMs, claims }, { writePart: nowhere, writeSetAside: nowhere })
  return [...found]
}
