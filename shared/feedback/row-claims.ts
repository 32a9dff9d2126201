/** Asks who owns the rows of a file, as many at once as are in memory. */
export interface RowClaims {
  /** Whether `claim` was asked about this id last. */
  knows(id: string): boolean
  /** Whether another drop or batch has it. */
  isForeign(id: string): boolean
  /** Claims ids for this file; afterwards each is known. Throws retryable RelayErrors. */
  claim(ids: string[]): Promise<void>
  /** Told of a row that CXI refused, and, where any was refused, of those that it has. */
  noteRefused(id: string): void
  noteSent(id: string): void
}
