import { RelayError } from '../errors.ts'
import type { ObjectStore } from '../ports.ts'

/** A response that a batch may take, at the version that it had when the batch began. */
export type Member = readonly [id: string, version: number]

/** Where a batch's intent lies: a thousand long ids are more than a record of the ledger may hold. */
export const intentKey = (batch: string) => `parts/${batch}/intent`

export async function writeIntent(objects: ObjectStore, batch: string, members: readonly Member[]): Promise<void> {
  const lines = members.map((member) => `${JSON.stringify(member)}\n`)
  await objects.put(intentKey(batch), Buffer.from(lines.join('')))
}

/** The members of a batch; undefined where its intent is gone. */
export async function readIntent(objects: ObjectStore, key: string): Promise<Member[] | undefined> {
  const chunks: Uint8Array[] = []
  try {
    for await (const chunk of objects.read(key)) chunks.push(chunk.slice())
  } catch (error) {
    if (error instanceof RelayError && error.code === 'object_missing') return undefined
    throw error
  }
  const lines = Buffer.concat(chunks).toString().split('\n').slice(0, -1)
  return lines.map((line) => JSON.parse(line) as Member)
}

/** Removes what a batch left behind whose process died before its record was there. */
export async function tidyIntent(objects: ObjectStore, batch: string): Promise<void> {
  for await (const { key } of objects.list(intentKey(batch))) await objects.delete(key)
}
