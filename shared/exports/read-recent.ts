import type { CxiApi } from '../cxi/api.ts'
import type { CxiResponse, ResponsePage } from '../cxi/types.ts'

/** CXI's limits of the list: 30 pages of 50, in each of its two orders. */
const LAST_PAGE = 30
const PER_PAGE = 50
/** CXI's page size where `per_page` is not heeded. */
const DEFAULT_PER_PAGE = 25

/** Which responses are wanted; both null: all that can be reached. */
export interface Since {
  /** Responses with a higher id. */
  id: number | null
  /** Responses with this feedback date or a later one, in ms since the epoch. */
  dateMs: number | null
}

export interface RecentReading {
  /** By id, the lowest first. */
  responses: CxiResponse[]
  /** The highest id of all that was seen; null where there is none. */
  newestId: number | null
  /** How many responses CXI says there are, and how many of them could be looked at. */
  total: number
  reached: number
  /** Whether every response that is wanted is among them. */
  isComplete: boolean
  /** Feedback dates (ms) between which there may be more. */
  gap: { fromMs: number; toMs: number } | null
}

/** Reads the newest and, as far as needed, the oldest responses: 3,000 at most, since CXI lists no more. Throws CxiErrors. */
export async function readRecent(api: Pick<CxiApi, 'listResponses'>, since: Since): Promise<RecentReading> {
  const seen = new Map<number, CxiResponse>()
  const newest = await readOrder(api, 'desc', seen, (page) => isBefore(page, since))
  const isAllSeen = () => seen.size >= newest.total
  const oldest = newest.isEnded || isAllSeen() ? undefined : await readOrder(api, 'asc', seen, isAllSeen)
  const isComplete = newest.isEnded || isAllSeen() || (oldest?.isEnded ?? false)
  const wanted = [...seen.values()].filter((response) => isWanted(response, since)).sort((a, b) => a.id - b.id)
  const gap =
    isComplete || newest.lastMs === null || !oldest || oldest.lastMs === null
      ? null
      : { fromMs: oldest.lastMs, toMs: newest.lastMs }
  return {
    responses: wanted,
    newestId: seen.size === 0 ? null : Math.max(...seen.keys()),
    total: oldest?.total ?? newest.total,
    reached: seen.size,
    isComplete,
    gap,
  }
}

interface Order {
  total: number
  /** Whether the list ended, or what follows is not wanted. */
  isEnded: boolean
  /** Feedback date of the last response read. */
  lastMs: number | null
}

async function readOrder(
  api: Pick<CxiApi, 'listResponses'>,
  sort_order: 'asc' | 'desc',
  seen: Map<number, CxiResponse>,
  isEnough: (page: ResponsePage) => boolean,
): Promise<Order> {
  let total = 0
  let lastMs: number | null = null
  for (let page = 1; page <= LAST_PAGE; page += 1) {
    const answer = await api.listResponses({ page, per_page: PER_PAGE, sort_order })
    total = answer.total_count
    for (const response of answer.items) seen.set(response.id, response)
    const last = answer.items.at(-1)
    if (last) lastMs = feedbackMs(last)
    if (answer.items.length < DEFAULT_PER_PAGE || isEnough(answer)) return { total, isEnded: true, lastMs }
  }
  return { total, isEnded: false, lastMs }
}

/** Whether everything after this page is older than wanted. */
const isBefore = ({ items }: ResponsePage, { dateMs }: Since) => {
  const last = items.at(-1)
  return dateMs !== null && last !== undefined && feedbackMs(last) < dateMs
}

const isWanted = (response: CxiResponse, { id, dateMs }: Since) =>
  (id === null || response.id > id) && (dateMs === null || feedbackMs(response) >= dateMs)

/** Unix seconds, or `yyyy-mm-dd hh:mm:ss` in UTC. */
export function feedbackMs({ feedback_date: date }: Pick<CxiResponse, 'feedback_date'>): number {
  if (typeof date === 'number' || /^\d+$/.test(date)) return Number(date) * 1000
  return Date.parse(
    /[zZ]|[+-]\d\d:?\d\d$/.test(date) ? date : `${date.replace(' ', 'T').padEnd(16, 'T00:00').slice(0, 19)}Z`,
  )
}
