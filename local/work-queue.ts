/** What a record of the ledger is called. */
export interface RecordKey {
  group: string
  id: string
}

/** Records that may be due, once each: new ones, of which nothing is known, and those whose lane is known. */
export class WorkQueue<Lane extends string> {
  readonly #new = new Map<string, RecordKey>()
  readonly #lanes = new Map<Lane, Map<string, RecordKey>>()

  get isEmpty(): boolean {
    return this.#new.size === 0 && this.#lanes.values().every((waiting) => waiting.size === 0)
  }

  add({ group, id }: RecordKey): void {
    this.#new.set(nameOf({ group, id }), { group, id })
  }

  takeNew(): RecordKey | undefined {
    return takeFirst(this.#new)
  }

  /** Behind those that wait in its lane; where it waits there already, it keeps its place. */
  place({ group, id }: RecordKey, lane: Lane): void {
    const waiting = this.#lanes.get(lane) ?? new Map<string, RecordKey>()
    this.#lanes.set(lane, waiting)
    waiting.set(nameOf({ group, id }), { group, id })
  }

  /** The one that has waited longest. */
  take(lane: Lane): RecordKey | undefined {
    const waiting = this.#lanes.get(lane)
    return waiting && takeFirst(waiting)
  }
}

function takeFirst(waiting: Map<string, RecordKey>): RecordKey | undefined {
  for (const [name, key] of waiting) {
    waiting.delete(name)
    return key
  }
  return undefined
}

const nameOf = ({ group, id }: RecordKey) => `${group}\n${id}`
