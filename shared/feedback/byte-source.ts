/** Bytes that are read one chunk at a time; a chunk may be empty, and is valid until the next is read. */
export interface ByteSource {
  /** The next bytes; undefined at the end. */
  read(): Promise<Buffer | undefined>
}
