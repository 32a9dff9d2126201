import { RelayError } from '../errors.ts'
import type { LedgerRecord } from '../ports.ts'
import type { ImportDeps } from './deps.ts'
import { type Owner, ownerGroup, type Part } from './records.ts'
import { changeAnyway, readDrop, readParts } from './store-access.ts'

/** What a person found out about an upload that nobody could look up: it isn't in CXI, or it is this import. */
export type Decision = { send: true } | { adopt: number }

/**
 * Goes on with a drop's inconclusive parts as a person decided. Throws RelayErrors `nothing_inconclusive`,
 * `part_ambiguous` (adopting, with several of them and no `part`), `import_known` and `being_worked_on`.
 */
export async function decideParts(deps: ImportDeps, id: string, decision: Decision, part?: number): Promise<void> {
  const drop = await readDrop(deps, id)
  const all = drop ? await readParts(deps, drop.value) : []
  const open = all.filter(({ value }) => value.state === 'inconclusive' && (part === undefined || value.part === part))
  const [first] = open
  if (!first) {
    throw new RelayError(
      'nothing_inconclusive',
      `${part === undefined ? 'No part' : `Part ${part}`} of it waits for a decision; --send and --adopt are for parts of which "status" says search_inconclusive.`,
    )
  }
  if ('adopt' in decision) {
    if (open.length > 1) throw ambiguous(open)
    await ownImport(deps, first, decision.adopt)
  }
  for (const record of open) await decide(deps, record, decision)
}

async function decide(deps: ImportDeps, { group, id }: LedgerRecord<Part>, decision: Decision): Promise<void> {
  const now = deps.clock.now()
  const changed = await changeAnyway<Part>(deps, group, id, (value) => {
    if (value.state !== 'inconclusive' || (value.lease && value.lease.untilMs > now)) return undefined
    const known = { ...value, attempt: null, waits: 0, note: null }
    return 'adopt' in decision
      ? { value: { ...known, state: 'created', importId: decision.adopt }, dueAtMs: now }
      : { value: { ...known, state: 'cut' }, dueAtMs: now }
  })
  if (!changed) {
    throw new RelayError('being_worked_on', 'It is just being looked for; give the command again in a minute.')
  }
  deps.wake?.({ group, id })
}

/** An import that is another part's is not given to this one: its rows would count twice. */
async function ownImport(deps: ImportDeps, { id, value }: LedgerRecord<Part>, importId: number): Promise<void> {
  const group = ownerGroup(value.identity, importId)
  const owner: Owner = { kind: 'owner', drop: value.drop, part: id }
  if (await deps.ledger.create<Owner>({ group, id: 'owner', value: owner })) return
  const existing = await deps.ledger.get<Owner>(group, 'owner')
  if (existing?.value.part === id) return
  throw new RelayError(
    'import_known',
    `Import ${importId} is another part's already (drop ${existing?.value.drop.slice(0, 12)}); look for ${value.tag} in the names of CXI's imports.`,
  )
}

const ambiguous = (open: LedgerRecord<Part>[]) =>
  new RelayError(
    'part_ambiguous',
    `Several parts of it wait for a decision; add --part: ${open.map(({ value }) => `${value.part} ("${value.name}", look for ${value.tag})`).join(', ')}.`,
  )
