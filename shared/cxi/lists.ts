/** CXI's limits of every list: 30 pages of 50. */
const LAST_PAGE = 30
const PER_PAGE = 50
/** CXI's page size where `per_page` is not heeded. */
const DEFAULT_PER_PAGE = 25

/** Reads a list to its end, or to CXI's last page (1,500 records): what is not in it then may still exist. */
export async function readAllPages<T extends { id: number }>(
  read: (query: { page: number; per_page: number }) => Promise<T[]>,
  perPage = PER_PAGE,
): Promise<T[]> {
  const all = new Map<number, T>()
  for (let page = 1; page <= LAST_PAGE; page += 1) {
    const items = await read({ page, per_page: perPage })
    const before = all.size
    for (const item of items) all.set(item.id, item)
    // Nothing new: a list without pages (projects have none documented) gives all of it again.
    if (all.size === before || items.length < Math.min(perPage, DEFAULT_PER_PAGE)) break
  }
  return [...all.values()]
}
