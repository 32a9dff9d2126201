import type { Dispatcher } from 'undici'
import type { Clock } from '../ports.ts'
import { drop } from './answers.ts'
import type { CxiApi } from './api.ts'
import { type Call, Caller } from './caller.ts'
import { createDispatcher } from './dispatcher.ts'
import { CxiError } from './errors.ts'
import { formFields } from './form-fields.ts'
import { readImportHead, readImportId } from './import-answers.ts'
import { readAllPages } from './lists.ts'
import { type FramedBody, frameFields, frameFile } from './multipart.ts'
import { listAnswer, objectAnswer } from './read-answers.ts'
import type { TokenProvider } from './tokens.ts'
import type { CxiImport, CxiImportDetail, CxiOnboarding, CxiProject, CxiTag, ResponsePage } from './types.ts'

const DEFAULT_TIMEOUT_MS = 30_000

export interface CxiClientOptions {
  /** Origin of the API, without `/v1`. */
  apiUrl: string
  tokens: TokenProvider
  clock: Clock
  /** Connections; share one over all clients of a process. @default a new one */
  dispatcher?: Dispatcher
  random?: () => number
  /** Longest time of one call, its repeats included; an upload brings its own. @default 30,000 */
  timeoutMs?: number
}

/** The CXI API of one account. Throws CxiError; what the token provider's stores throw passes, nothing was sent then. */
export function createCxiClient(options: CxiClientOptions): CxiApi {
  const { apiUrl, tokens, clock } = options
  const caller = new Caller({
    apiUrl,
    tokens,
    clock,
    dispatcher: options.dispatcher ?? createDispatcher(),
    random: options.random ?? Math.random,
    timeoutMs: options.timeoutMs ?? DEFAULT_TIMEOUT_MS,
  })
  const object = <T>(call: Call) => caller.call<T>(call, objectAnswer)
  const list = <T>(path: string, query: object) => caller.call<T[]>({ method: 'GET', path, query }, listAnswer)
  const dropping = (call: Call) => caller.call(call, async (answer) => drop(answer))

  return {
    clockOffsetMs: () => caller.clockOffsetMs,
    getOnboarding: () => object<CxiOnboarding>({ method: 'GET', path: '/onboarding' }),
    updateOnboarding: (update) => object<CxiOnboarding>({ method: 'PUT', path: '/onboarding', body: form('', update) }),

    listProjects: () => readAllPages((page) => list<CxiProject>('/projects', page)),
    createProject: (name) => object<CxiProject>({ method: 'POST', path: '/projects', body: form('project', { name }) }),
    updateProject: (id, name) =>
      object<CxiProject>({ method: 'PUT', path: `/projects/${id}`, body: form('project', { name }) }),

    listTags: (query = {}) =>
      query.page === undefined
        ? readAllPages((page) => list<CxiTag>('/tags', { ...query, ...page }), query.per_page)
        : list<CxiTag>('/tags', query),
    createTag: (fields) => object<CxiTag>({ method: 'POST', path: '/tags', body: form('tag', fields) }),
    updateTag: (id, fields) => object<CxiTag>({ method: 'PUT', path: `/tags/${id}`, body: form('tag', fields) }),
    deleteTag: (id) => dropping({ method: 'DELETE', path: `/tags/${id}` }),

    listImports: (query = {}) => list<CxiImport>('/imports', query),
    getImport: (id) => object<CxiImportDetail>({ method: 'GET', path: `/imports/${id}` }),
    getImportHead: (id) => caller.call({ method: 'GET', path: `/imports/${id}` }, readImportHead),
    createImport: ({ fileName, bytes, ...sending }) =>
      caller.call({ method: 'POST', path: '/imports', body: frameFile(fileName, bytes), ...sending }, readImportId),
    updateImport: (id, metadata) => dropping({ method: 'PUT', path: `/imports/${id}`, body: form('import', metadata) }),
    deleteImport: (id) => dropping({ method: 'DELETE', path: `/imports/${id}` }).catch(unlessGone),

    listResponses: (query = {}) => object<ResponsePage>({ method: 'GET', path: '/responses', query }),
    createExport: (type = 'responses') =>
      dropping({ method: 'POST', path: '/exports', body: form('', { export_type: type }) }),
  }
}

function form(name: string, value: object): FramedBody {
  return frameFields(formFields(name, value))
}

function unlessGone(error: unknown): void {
  if (!(error instanceof CxiError) || error.code !== 'cxi_not_found') throw error
}
