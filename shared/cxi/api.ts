import type {
  CxiImport,
  CxiImportDetail,
  CxiOnboarding,
  CxiProject,
  CxiTag,
  ImportMetadata,
  OnboardingUpdate,
  PageQuery,
  ResponsePage,
  TagFields,
  TagQuery,
} from './types.ts'

/** A CSV to be uploaded, in one piece: `bytes` is sent as it is. */
export interface Upload {
  /** Plain ASCII; CXI names the import after it. */
  fileName: string
  bytes: Uint8Array
  /** Milliseconds after which the request is cut off. */
  timeoutMs: number
  signal?: AbortSignal
  /** Called right before the first byte is handed to a connection; what it throws is thrown on, nothing was sent. */
  beforeSend?: () => Promise<void>
}

/**
 * Every documented endpoint of the CXI API, for one account. Throws CxiError (see errors.ts). Reads and PUTs are
 * retried on passing faults; POST and DELETE only where the request cannot have arrived.
 */
export interface CxiApi {
  /** CXI's clock minus ours in ms, from the `Date` of its last answer; 0 before the first. */
  clockOffsetMs(): number
  getOnboarding(): Promise<CxiOnboarding>
  updateOnboarding(update: OnboardingUpdate): Promise<CxiOnboarding>
  listProjects(): Promise<CxiProject[]>
  createProject(name: string): Promise<CxiProject>
  updateProject(id: number, name: string): Promise<CxiProject>
  listTags(query?: TagQuery): Promise<CxiTag[]>
  createTag(fields: TagFields & { name: string }): Promise<CxiTag>
  updateTag(id: number, fields: TagFields): Promise<CxiTag>
  deleteTag(id: number): Promise<void>
  /** One page, newest import first. */
  listImports(query?: PageQuery): Promise<CxiImport[]>
  /** The whole import with its responses; can be tens of megabytes. */
  getImport(id: number): Promise<CxiImportDetail>
  /** Only what stands before `responses` in the answer; the rest is not read. */
  getImportHead(id: number): Promise<CxiImport>
  /** Uploads a CSV as a new import and answers its id; the rest of the answer is not read. */
  createImport(upload: Upload): Promise<{ id: number }>
  updateImport(id: number, metadata: ImportMetadata): Promise<void>
  /** Resolves also when there is no such import (any more). */
  deleteImport(id: number): Promise<void>
  listResponses(query?: PageQuery & { sort_order?: 'asc' | 'desc' }): Promise<ResponsePage>
  createExport(type?: 'responses' | 'users'): Promise<void>
}
