import type { CxiApi, Upload } from '../../shared/cxi/api.ts'
import { CxiError } from '../../shared/cxi/errors.ts'
import type { CxiImport, CxiProject, CxiTag, ImportMetadata, PageQuery } from '../../shared/cxi/types.ts'
import type { Clock } from '../../shared/ports.ts'

/** What happens to the next upload: lost before or after it was done, landing only when told, or a status. */
export type UploadFault = 'drop-before' | 'drop-after' | 'land-late' | { status: number; message?: string }

interface Stored extends CxiImport {
  csv: string
  metadata: ImportMetadata
}

/** CXI at the level of its API's meaning, for a test that decides what happens when; over HTTP there is the sandbox. */
export class FakeCxi {
  readonly imports: Stored[] = []
  readonly tags: string[] = []
  readonly projects: CxiProject[] = []
  readonly calls: string[] = []
  readonly faults: UploadFault[] = []
  /** Statuses that the next calls to describe an import are refused with. */
  readonly describeFaults: number[] = []
  /** Whether lists of imports show nothing, as for imports that move between two pages. */
  isHiding = false
  /** Called with each upload after `beforeSend`, before anything is decided about it. */
  onUpload: ((upload: Upload) => Promise<void> | void) | undefined
  /** What every call fails with, while set. */
  trouble: CxiError | undefined
  /** How far CXI's clock is ahead. */
  skewMs = 0
  /** How many imports the list shows at most. */
  listed = 1500
  /** Added to the count that an import reports. */
  miscount = 0
  readonly #late: Upload[] = []
  readonly #clock: Clock
  #lastId = 0
  /** What its last answer told of its clock. */
  #offsetMs = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Lets the uploads land that were held up. */
  landLate(): void {
    for (const upload of this.#late.splice(0)) this.#store(upload)
  }

  count(call: string): number {
    return this.calls.filter((made) => made === call).length
  }

  rows(): string[] {
    return this.imports.flatMap(({ csv }) => csv.trimEnd().split('\n').slice(1))
  }

  api(): CxiApi {
    const cxi = this
    const called = async (call: string) => {
      await Promise.resolve()
      if (cxi.trouble) throw cxi.trouble
      cxi.calls.push(call)
      cxi.#offsetMs = cxi.skewMs
    }
    return {
      clockOffsetMs: () => cxi.#offsetMs,
      async createImport(upload: Upload) {
        if (cxi.trouble?.outcome === 'not_sent') throw cxi.trouble
        await upload.beforeSend?.()
        await called('POST import')
        await cxi.onUpload?.(upload)
        const fault = cxi.faults.shift()
        if (fault === 'drop-before') throw lost()
        if (fault === 'land-late') {
          cxi.#late.push(upload)
          throw lost()
        }
        if (typeof fault === 'object') throw refusal(fault.status, fault.message ?? 'refused')
        const { id } = cxi.#store(upload)
        if (fault === 'drop-after') throw lost()
        return { id }
      },
      async updateImport(id: number, metadata: ImportMetadata) {
        await called('PUT import')
        const fault = cxi.describeFaults.shift()
        if (fault !== undefined) throw refusal(fault, 'not now')
        const found = cxi.imports.find((item) => item.id === id)
        if (!found) throw refusal(404, 'not found')
        Object.assign(found.metadata, metadata)
        if (metadata.name !== undefined) found.name = metadata.name
      },
      async deleteImport(id: number) {
        await called('DELETE import')
        const at = cxi.imports.findIndex((item) => item.id === id)
        if (at >= 0) cxi.imports.splice(at, 1)
      },
      async listImports({ page = 1, per_page = 50 }: PageQuery = {}) {
        await called('GET imports')
        if (cxi.isHiding) return []
        const newest = [...cxi.imports].reverse().slice(0, cxi.listed)
        return newest.slice((page - 1) * per_page, page * per_page).map((item) => ({ ...item }))
      },
      async getImportHead(id: number) {
        await called('GET import')
        const found = cxi.imports.find((item) => item.id === id)
        if (!found) throw refusal(404, 'not found')
        return { ...found }
      },
      async listTags() {
        await called('GET tags')
        return cxi.tags.map((name, index) => ({ id: index + 1, name }) as CxiTag)
      },
      async createTag({ name }) {
        await called('POST tag')
        cxi.tags.push(name)
        return { id: cxi.tags.length, name } as CxiTag
      },
      async listProjects() {
        await called('GET projects')
        return [...cxi.projects]
      },
      async createProject(name: string) {
        await called('POST project')
        const project = { id: cxi.projects.length + 1, name, response_count: 0, created_at: 0 }
        cxi.projects.push(project)
        return project
      },
    } as Partial<CxiApi> as CxiApi
  }

  #store(upload: Upload): Stored {
    const csv = Buffer.from(upload.bytes).toString()
    const stored = {
      id: ++this.#lastId,
      name: upload.fileName,
      source: null,
      metric_type: null,
      language: 'en',
      secondary_product_category_id: null,
      response_count: csv.trimEnd().split('\n').length - 1 + this.miscount,
      created_at: Math.floor((this.#clock.now() + this.skewMs) / 1000),
      csv,
      metadata: {},
    }
    this.imports.push(stored)
    return stored
  }
}

const lost = () =>
  new CxiError('cxi_no_answer', 'POST /v1/imports: the connection ended.', { outcome: 'unknown', retryable: true })

const refusal = (status: number, message: string) =>
  status >= 500
    ? new CxiError('cxi_server_error', message, { outcome: 'unknown', retryable: true, status, words: message })
    : new CxiError(status === 404 ? 'cxi_not_found' : 'cxi_refused', message, {
        outcome: 'refused',
        retryable: false,
        status,
        words: message,
      })
