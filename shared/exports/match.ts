import type { AllowedLinks } from './allowed-links.ts'
import { allowedLinks } from './allowed-links.ts'
import type { ExportDeps } from './deps.ts'
import { type ExportRequest, type ExportType, isLeased, isOpenForMail, OPEN_FOR_MS } from './records.ts'
import { openRequests } from './requests.ts'

/** A request that a mail may belong to, and where that mail's link may lead then. */
export interface Candidate {
  request: ExportRequest
  links: AllowedLinks
}

/** Clocks of CXI, the mail's way and this machine differ by so much at most. */
const SKEW_MS = 10 * 60_000

/**
 * The requests, of one account or of all, that a mail sent at `sentMs` may belong to, the likeliest first: the oldest that waits
 * for its mail, then the newest whose mail is overdue. `isUndecided`: CXI's answer to one is still on its way.
 */
export async function candidatesFor(
  deps: ExportDeps,
  sentMs: number,
  account: string | null,
): Promise<{ candidates: Candidate[]; isUndecided: boolean }> {
  const now = deps.clock.now()
  const waiting: ExportRequest[] = []
  const late: ExportRequest[] = []
  let isUndecided = false
  for (const identity of new Set(Object.values(deps.relay.accounts).map((account) => account.identity))) {
    for (const { value } of await openRequests(deps, identity)) {
      if (account !== null && value.account !== account) continue
      if (value.state === 'asking' && isLeased(value, now)) isUndecided = true
      if (!isOpenForMail(value) || (value.firstAskedMs ?? 0) > sentMs + SKEW_MS) continue
      if (now > (value.firstAskedMs ?? 0) + OPEN_FOR_MS) continue
      if (value.overdueMs === null) waiting.push(value)
      else late.push(value)
    }
  }
  const byTime = (a: ExportRequest, b: ExportRequest) => (a.firstAskedMs ?? 0) - (b.firstAskedMs ?? 0)
  const requests = [...waiting.sort(byTime), ...late.sort(byTime).reverse()]
  return { candidates: requests.map((request) => ({ request, links: allowedLinks(deps, request) })), isUndecided }
}

/**
 * The request that a file behind this link belongs to: the only one that is open, else by the type that its header tells.
 * `ambiguous`: several accounts wait for such a file.
 */
export function matchOf(
  candidates: Candidate[],
  link: URL,
  type: ExportType | null,
): ExportRequest | 'ambiguous' | undefined {
  const able = candidates.filter(({ links }) => links.isAllowed(link))
  const [only] = able
  if (able.length === 1 && only) return only.request
  const fitting = able.filter(({ request }) => request.type === type).map(({ request }) => request)
  const asked = fitting.filter(isAsked)
  return new Set(asked.map(({ identity }) => identity)).size > 1 ? 'ambiguous' : fitting[0]
}

const isAsked = ({ state }: ExportRequest) => state === 'asked' || state === 'collecting'
