/** A time as it stands in the names of files: `20261124T060000.123Z`. */
export const stampOf = (ms: number) => new Date(ms).toISOString().replace(/[-:]/g, '')

/** Source and path of a dropped object's key: `inbox/nps/2026/oct.csv` → `nps`, `2026/oct.csv`. */
export function placeOf(key: string): { source: string; path: string; fileName: string } {
  const [, ...below] = key.split('/')
  const source = below.length > 1 ? (below[0] ?? '') : ''
  const path = below.slice(source === '' ? 0 : 1).join('/')
  return { source, path, fileName: path.slice(path.lastIndexOf('/') + 1) }
}

const below = (folder: string, key: string, name: (path: string) => string) => {
  const { source, path } = placeOf(key)
  return [folder, source, name(path)].filter((segment) => segment !== '').join('/')
}

export const receiptKey = (key: string, firstSeenMs: number) =>
  below('receipts', key, (path) => `${path}.${stampOf(firstSeenMs)}.json`)

/** Where set-aside rows go; those of the second file in an archive and of every further one bear its number. */
export const setAsideKey = (key: string, firstSeenMs: number, file = 1) =>
  setAsidePrefix(key, firstSeenMs) + (file > 1 ? `${file}.csv` : 'csv')

/** What the keys of all set-aside rows of an arrival begin with. */
export const setAsidePrefix = (key: string, firstSeenMs: number) =>
  below('rejected', key, (path) => `${path}.${stampOf(firstSeenMs)}.`)

/** Where the rows of a refused part go when the dropped file is gone that they could be read from again. */
export const refusedPartKey = (key: string, firstSeenMs: number, part: number) =>
  `${setAsidePrefix(key, firstSeenMs)}part-${part}.csv`
