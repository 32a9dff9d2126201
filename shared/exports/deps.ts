import type { LookupFunction } from 'node:net'
import type { ImportDeps } from '../imports/deps.ts'

/** What the exports work with: the same as the imports, and where a mailed link may lead. */
export interface ExportDeps extends ImportDeps {
  /** Origins that a link may lead to although they lie on this machine: the sandbox's. */
  localOrigins?: readonly string[] | undefined
  /** How names become addresses. @default the machine's way */
  lookup?: LookupFunction | undefined
  /** Largest file that is brought home. @default 20 GB */
  maxDownloadBytes?: number | undefined
  /** Told as a file is brought home, for a progress display. */
  onDownload?: ((request: string, bytes: number) => void) | undefined
}
