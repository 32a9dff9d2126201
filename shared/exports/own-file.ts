import type { ImportDeps } from '../imports/deps.ts'
import { stampOf } from '../imports/paths.ts'
import { SELF } from './records.ts'

interface FileOwner {
  kind: 'export-file'
  request: string
}

const REMEMBERED_MS = 90 * 86_400_000

/** `exports/<type>/<yyyy>/<mm>/<dd>/<time>-<type>.csv`, for this request alone: taken names are a millisecond later. */
export async function ownFile(
  deps: Pick<ImportDeps, 'ledger' | 'clock'>,
  request: { id: string; type: string; atMs: number },
): Promise<string> {
  const { id, type } = request
  for (let { atMs } = request; ; atMs += 1) {
    const day = new Date(atMs).toISOString().slice(0, 10).replaceAll('-', '/')
    const file = `exports/${type}/${day}/${stampOf(atMs)}-${type}.csv`
    const place = { group: `export-file#${file}`, id: SELF }
    const value: FileOwner = { kind: 'export-file', request: id }
    const owned = await deps.ledger.create<FileOwner>({
      ...place,
      value,
      expiresAtMs: deps.clock.now() + REMEMBERED_MS,
    })
    if (owned || (await deps.ledger.get<FileOwner>(place.group, SELF))?.value.request === id) return file
  }
}
