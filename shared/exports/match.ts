import type { AllowedLinks } from './allowed-links.ts'
import { allowedLinks } from './allowed-links.ts'
import type { ExportDeps } from './deps.ts'
import { type ExportRequest, type ExportType, isLeased } from './records.ts'
import { openRequests } from './requests.ts'

/** A request that a mail may belong to, and where that mail's link may lead then. */
export interface Candidate {
  request: ExportRequest
  links: AllowedLinks
}

/** Clocks of CXI, the mail's way and this machine differ by so much at most. */
const SKEW_MS = 10 * 60_000

/**
 * The requests, of all accounts, that a mail sent at `sentMs` may belong to, the likeliest first: the oldest that waits
 * for its mail, then the newest whose mail was given up. `isUndecided`: CXI's answer to one is still on its way.
 */
export async function candidatesFor(
  deps: ExportDeps,
  sentMs: number,
): Promise<{ candidates: Candidate[]; isUndecided: boolean }> {
  const now = deps.clock.now()
  const waiting: ExportRequest[] = []
  const late: ExportRequest[] = []
  let isUndecided = false
  for (const identity of new Set(Object.values(deps.relay.accounts).map((account) => account.identity))) {
    for (const { value } of await openRequests(deps, identity)) {
      if (value.state === 'asking' && isLeased(value, now)) isUndecided = true
      if ((value.askedMs ?? Number.POSITIVE_INFINITY) > sentMs + SKEW_MS) continue
      if (value.state === 'asked' || value.state === 'asking') waiting.push(value)
      else if (value.state === 'missing') late.push(value)
    }
  }
  const byTime = (a: ExportRequest, b: ExportRequest) => (a.askedMs ?? 0) - (b.askedMs ?? 0)
  const requests = [...waiting.sort(byTime), ...late.sort(byTime).reverse()]
  return { candidates: requests.map((request) => ({ request, links: allowedLinks(deps, request) })), isUndecided }
}

/** The request that a file behind this link belongs to, by its header; a header that tells nothing fits the only one. */
export function matchOf(candidates: Candidate[], link: URL, type: ExportType | null): ExportRequest | undefined {
  const able = candidates.filter(({ links }) => links.isAllowed(link))
  if (type === null) return able.length === 1 ? able[0]?.request : undefined
  return able.find(({ request }) => request.type === type)?.request
}
