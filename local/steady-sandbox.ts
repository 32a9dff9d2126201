import { type Sandbox, startSandbox } from '../sandbox/server.ts'
import { codeOf } from '../shared/stores/sqlite/store-errors.ts'
import type { DataFolder } from './data-folder.ts'

/**
 * The home's own sandbox, on a free port: where that can be, the one that it had before, since links that it has
 * mailed name it.
 */
export async function startSteadySandbox(data: DataFolder, before: string | null | undefined): Promise<Sandbox> {
  const options = { file: data.sandboxDatabase, mail: data.mail }
  const port = before ? Number(new URL(before).port) : 0
  try {
    return await startSandbox({ ...options, port })
  } catch (error) {
    if (port === 0 || codeOf(error) !== 'EADDRINUSE') throw error
    return startSandbox(options)
  }
}
