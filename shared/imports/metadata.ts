import type { Account } from '../config/types.ts'
import type { CxiApi } from '../cxi/api.ts'
import { CxiError } from '../cxi/errors.ts'
import type { ImportMetadata } from '../cxi/types.ts'
import { FileError, RelayError } from '../errors.ts'
import type { LedgerRecord } from '../ports.ts'
import type { ImportDeps } from './deps.ts'
import type { Drop } from './records.ts'

/** How long a name that exists in CXI is believed to go on existing. */
const KNOWN_MS = 60_000

interface Claim {
  kind: 'claim'
  untilMs: number
}

/** What CXI has: names in its own way of comparing them → what a PUT sends for them. */
interface Kind<V> {
  kind: 'tag' | 'project'
  compared: (name: string) => string
  list: (api: CxiApi) => Promise<Map<string, V>>
  create: (api: CxiApi, name: string) => Promise<unknown>
}

const TAGS: Kind<string> = {
  kind: 'tag',
  compared: (name) => name.toUpperCase(),
  list: async (api) => {
    const tags = await api.listTags({ flat: true, no_stats: true })
    return new Map(tags.map((tag) => [tag.name.toUpperCase(), tag.name]))
  },
  create: (api, name) => api.createTag({ name: name.toUpperCase(), mode: 'manual' }),
}

const PROJECTS: Kind<number> = {
  kind: 'project',
  compared: (name) => name,
  list: async (api) => new Map((await api.listProjects()).map((project) => [project.name, project.id])),
  create: (api, name) => api.createProject(name),
}

const PROJECT_IDS: Kind<number> = {
  ...PROJECTS,
  list: async (api) => new Map((await api.listProjects()).map((project) => [String(project.id), project.id])),
}

/** What a PUT sends of a drop's metadata where that names neither tags nor projects; else null. */
export function plainMetadata({ metadata }: Drop): ImportMetadata | null {
  const { projects, tag_names, createMissing: _, name: __, ...plain } = metadata
  return projects.length === 0 && tag_names.length === 0 ? plain : null
}

/** Turns a drop's metadata into what CXI understands, creating the tags and projects that it lacks; once, over all processes. */
export class MetadataResolver {
  readonly #deps: ImportDeps
  readonly #known = new Map<string, { value: unknown; untilMs: number }>()

  constructor(deps: ImportDeps) {
    this.#deps = deps
  }

  /** Throws FileError `metadata_invalid` for what CXI has not and must not or won't get; CxiErrors as they come. */
  async resolve(drop: Drop, account: Account): Promise<ImportMetadata> {
    const { projects, tag_names, createMissing, name: _, ...plain } = drop.metadata
    const ids = projects.filter((project) => typeof project === 'number')
    const names = projects.filter((project) => typeof project === 'string')
    const tags = await this.#ensure(account, TAGS, tag_names, createMissing)
    const byId = await this.#ensure(account, PROJECT_IDS, ids.map(String), false)
    const byName = await this.#ensure(account, PROJECTS, names, createMissing)
    const projectIds = [...new Set([...byId, ...byName])]
    return {
      ...plain,
      ...(tags.length > 0 ? { tag_names: tags } : {}),
      ...(projectIds.length > 0 ? { project_ids: projectIds } : {}),
    }
  }

  async #ensure<V>(account: Account, kind: Kind<V>, names: string[], create: boolean): Promise<V[]> {
    if (names.length === 0) return []
    const keys = [...new Set(names.map(kind.compared))]
    const found = new Map<string, V>()
    for (const key of keys) {
      const known = this.#known.get(knownKey(account, kind, key))
      if (known && known.untilMs > this.#deps.clock.now()) found.set(key, known.value as V)
    }
    if (found.size < keys.length) await this.#list(account, kind, keys, found)
    for (const key of keys) if (!found.has(key)) await this.#createOnce(account, kind, key, create, found)
    return keys.map((key) => found.get(key) as V)
  }

  async #list<V>(account: Account, kind: Kind<V>, keys: string[], found: Map<string, V>): Promise<void> {
    const listed = await kind.list(this.#deps.api(account))
    const untilMs = this.#deps.clock.now() + KNOWN_MS
    for (const key of keys) {
      const value = listed.get(key)
      if (value === undefined) continue
      found.set(key, value)
      this.#known.set(knownKey(account, kind, key), { value, untilMs })
    }
  }

  async #createOnce<V>(account: Account, kind: Kind<V>, key: string, create: boolean, found: Map<string, V>) {
    if (!create) throw missing(account, kind, key)
    const claim = await this.#claim(account, kind, key)
    let isOpen = false
    try {
      await this.#list(account, kind, [key], found)
      if (found.has(key)) return
      isOpen = true
      await kind.create(this.#deps.api(account), key).catch((error: unknown) => {
        isOpen = !(error instanceof CxiError) || error.outcome === 'unknown'
        throw error
      })
      isOpen = false
      await this.#list(account, kind, [key], found)
      if (!found.has(key)) throw notListed(kind, key)
      this.#deps.logger.info(`${kind.kind}.created`, { account: account.name, name: key })
    } catch (error) {
      if (error instanceof CxiError && [400, 422].includes(error.status ?? 0)) throw refused(kind, key, error)
      throw error
    } finally {
      // While it may yet be created by a call whose answer was lost, nobody else asks for it.
      if (!isOpen) await this.#deps.ledger.remove(claim)
    }
  }

  /**
   * One process at a time asks for a name; the others wait their turn, and after a call without an answer until it is
   * over for certain.
   */
  async #claim<V>(account: Account, kind: Kind<V>, key: string): Promise<LedgerRecord<Claim>> {
    const { ledger, clock, relay } = this.#deps
    const write = {
      group: `account#${account.identity}`,
      id: `claim#${kind.kind}#${key}`,
      value: { kind: 'claim' as const, untilMs: clock.now() + relay.limits.postSeconds * 1000 },
    }
    const created = await ledger.create<Claim>(write)
    if (created) return created
    const existing = await ledger.get<Claim>(write.group, write.id)
    const taken =
      existing && existing.value.untilMs <= clock.now() ? await ledger.update<Claim>(existing, write) : undefined
    if (taken) return taken
    throw new RelayError('claim_held', `Another drop is just creating the ${kind.kind} "${key}".`, { retryable: true })
  }
}

const knownKey = (account: Account, { kind }: Kind<unknown>, key: string) => `${account.identity}\0${kind}\0${key}`

const missing = (account: Account, { kind }: Kind<unknown>, key: string) =>
  new FileError(
    'metadata_invalid',
    `CXI has no ${kind} "${key}" in account "${account.name}"; nothing was sent. Create it there, take it out of the drop's ${kind === 'tag' ? 'tag_names' : 'projects'}${/^\d+$/.test(key) && kind === 'project' ? '' : ', or allow createMissing'}, and drop the file again.`,
  )

const refused = ({ kind }: Kind<unknown>, key: string, cause: CxiError) =>
  new FileError(
    'metadata_invalid',
    `CXI refused to create the ${kind} "${key}"; nothing was sent. Choose another name and drop the file again. ${cause.message}`,
    { cause },
  )

const notListed = ({ kind }: Kind<unknown>, key: string) =>
  new RelayError('created_not_listed', `CXI created the ${kind} "${key}" but doesn't list it yet.`, { retryable: true })
