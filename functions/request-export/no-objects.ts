import type { ObjectStore } from '../../shared/ports.ts'

const refuse = (): never => {
  throw new Error('Exports are asked for without the bucket.')
}

/** Asking touches no file, so this function has neither a client of S3 nor any right on the bucket. */
export const noObjects: ObjectStore = {
  read: refuse,
  create: refuse,
  put: refuse,
  delete: refuse,
  list: refuse,
  readDrop: refuse,
  headDrop: refuse,
  markDrop: refuse,
}
