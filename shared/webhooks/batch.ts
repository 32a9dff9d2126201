import type { Work } from '../imports/records.ts'

/** Responses of one source that go to CXI together: each member of its intent is decided by who owns it. */
export interface Batch extends Work {
  kind: 'batch'
  id: string
  source: string
  account: string
  identity: string
  createdMs: number
  /** Key of the list of its members, which nobody changes. */
  intent: string
  /** Members that can't be imported as they are, noted before anything is sent. */
  setAside: string[]
}

/** Key of a batch as if it were a dropped object: its receipt and its set-aside rows are named after it. */
export const batchKey = ({ source, id }: Pick<Batch, 'source' | 'id'>) => `webhook/${source}/${id}`
