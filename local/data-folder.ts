import { mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileError } from '../shared/stores/sqlite/store-errors.ts'

/** Where everything of the embedded home lies; absolute paths. */
export interface DataFolder {
  root: string
  inbox: string
  receipts: string
  rejected: string
  done: string
  mail: string
  database: string
  sandboxDatabase: string
  secrets: string
}

export function dataFolder(folder: string): DataFolder {
  const root = resolve(folder)
  return {
    root,
    inbox: join(root, 'inbox'),
    receipts: join(root, 'receipts'),
    rejected: join(root, 'rejected'),
    done: join(root, 'done'),
    mail: join(root, 'mail'),
    database: join(root, 'relay.db'),
    sandboxDatabase: join(root, 'sandbox.db'),
    secrets: join(root, 'secrets.json'),
  }
}

/** Makes the folders that a person looks for, one in the inbox for each source. */
export function makeFolders(data: DataFolder, sources: string[]): void {
  const inboxes = sources.map((source) => join(data.inbox, source))
  const named = [data.receipts, data.rejected, data.done, data.mail, ...inboxes]
  for (const folder of named) {
    try {
      mkdirSync(folder, { recursive: true })
    } catch (error) {
      throw fileError(`Making the folder ${folder}`, error)
    }
  }
}
