import type { BufferedResponse, Clock, ResponseBuffer, ResponseContent, ResponseScope, Revision } from '../../ports.ts'
import { byCodePoint } from '../code-points.ts'

/** A response as it is kept. */
type Kept = BufferedResponse & { bytes: number }

/** Responses for tests; each method answers in a later turn. */
export class MemoryResponseBuffer implements ResponseBuffer {
  readonly #clock: Clock
  readonly #scopes = new Map<string, Map<string, Kept>>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  async put(
    scope: ResponseScope,
    id: string,
    content: ResponseContent,
    revise: (existing: BufferedResponse) => Revision,
  ): Promise<'accepted' | 'duplicate' | 'updated' | 'late'> {
    await null
    const responses = this.#of(scope)
    const existing = responses.get(id)
    if (!existing) {
      responses.set(id, { id, version: 1, owner: null, firstMs: this.#clock.now(), ...content })
      return 'accepted'
    }
    const revision = revise({ ...existing })
    if (typeof revision === 'string') return revision
    responses.set(id, { ...existing, ...revision, version: existing.version + 1 })
    return 'updated'
  }

  async read(scope: ResponseScope, ids: readonly string[]): Promise<BufferedResponse[]> {
    await null
    return ids.flatMap((id) => this.#of(scope).get(id) ?? []).map((response) => ({ ...response }))
  }

  async settled(scope: ResponseScope, nowMs: number, limit: number) {
    await null
    const settled = [...this.#of(scope).values()].filter(
      ({ owner, settledAtMs }) => owner === null && settledAtMs !== null && settledAtMs <= nowMs,
    )
    settled.sort((a, b) => (a.settledAtMs ?? 0) - (b.settledAtMs ?? 0))
    return settled.slice(0, limit).map(({ id, version, bytes }) => ({ id, version, bytes }))
  }

  async *unsent(scope: ResponseScope, sinceMs: number): AsyncIterable<BufferedResponse> {
    await null
    const found = [...this.#of(scope).values()].filter(
      ({ owner, content, firstMs }) => owner === null && content !== null && firstMs >= sinceMs,
    )
    for (const response of found.sort((a, b) => byCodePoint(a.id, b.id))) yield { ...response }
  }

  async join(
    scope: ResponseScope,
    members: readonly (readonly [id: string, version: number])[],
    owner: string,
  ): Promise<string[]> {
    await null
    return members.flatMap(([id, version]) => {
      const response = this.#of(scope).get(id)
      if (response?.version === version && response.owner === null) this.#own(response, owner)
      return response?.owner === owner ? [id] : []
    })
  }

  async claim(scope: ResponseScope, ids: readonly string[], owner: string): Promise<Map<string, string>> {
    await null
    const owners = new Map<string, string>()
    const responses = this.#of(scope)
    for (const id of ids) {
      const response = responses.get(id)
      if (!response) {
        const bare = { content: null, bytes: 0, hash: '', order: null, settledAtMs: null }
        responses.set(id, { id, version: 1, owner, firstMs: this.#clock.now(), ...bare })
      } else if (response.owner === null) this.#own(response, owner)
      else if (response.owner !== owner) owners.set(id, response.owner)
    }
    return owners
  }

  async release(
    scope: ResponseScope,
    owner: string,
    settledAtMs: number | null,
    ids?: readonly string[],
  ): Promise<void> {
    await null
    const responses = this.#of(scope)
    for (const id of ids ?? [...responses.keys()]) {
      const response = responses.get(id)
      if (response?.owner !== owner) continue
      if (response.content === null) responses.delete(id)
      else Object.assign(response, { owner: null, settledAtMs, version: response.version + 1 })
    }
  }

  #own(response: BufferedResponse, owner: string): void {
    Object.assign(response, { owner, settledAtMs: null, version: response.version + 1 })
  }

  #of({ identity, source }: ResponseScope): Map<string, Kept> {
    const key = `${identity}\n${source}`
    const responses = this.#scopes.get(key) ?? new Map<string, Kept>()
    this.#scopes.set(key, responses)
    return responses
  }
}
