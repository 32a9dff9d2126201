import type { Source } from '../../config/types.ts'
import type { ToolResponse, Unfetched } from '../types.ts'

/** One request to a tool's API. */
export interface ToolRequest {
  url: string
  headers: Record<string, string>
}

/** How the answers of a delivery that carries only ids are got from the tool's API. */
export interface Fetcher {
  /** Origin and path below which the API lies; `webhook.baseUrl` of the source comes first. */
  baseUrl: string | null
  /** Members of the source's secret that it needs, for example `access_token`. */
  needs: readonly string[]
  request(at: Unfetched['at'], baseUrl: string, secret: Record<string, unknown>): ToolRequest
  /** What the API's JSON answer holds; none where the response is not finished. Throws RelayError `webhook_unreadable`. */
  read(answer: unknown, asked: Unfetched, source: Source): ToolResponse[]
}
