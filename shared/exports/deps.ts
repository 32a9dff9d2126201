import type { LookupFunction } from 'node:net'
import type { ImportDeps } from '../imports/deps.ts'

/** What the exports work with: the same as the imports, and how files are brought home. */
export interface ExportDeps extends ImportDeps {
  /** How names become addresses. @default the machine's way */
  lookup?: LookupFunction | undefined
  /** Largest file that is brought home. @default 20 GB */
  maxDownloadBytes?: number | undefined
  /** Told as a file is brought home, for a progress display. */
  onDownload?: ((request: string, bytes: number) => void) | undefined
}
