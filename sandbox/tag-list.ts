import type { Answer } from './answer.ts'
import type { AccountContext } from './context.ts'
import { pageOf } from './paging.ts'
import { type Parameters, textOf, truthOf } from './parameters.ts'
import { refuseParameter } from './refusal.ts'
import type { Call } from './request.ts'
import { countResponses } from './response-count.ts'
import { allTags, plainTag, type TagRow } from './tag-row.ts'
import { type TagUse, usesOf } from './tag-uses.ts'

interface Listed extends ReturnType<typeof plainTag> {
  response_count?: number
  usage?: number
  sentiment_breakdown?: Record<string, number>
  children: Listed[]
}

/** `GET /v1/tags`: a hierarchy, or `flat`; by responses, the most used first, unless `sort` says otherwise. */
export function listTags(context: AccountContext, call: Call): Answer {
  const { limit, offset } = pageOf(context, call.query)
  const withStats = !truthOf(call.query, 'no_stats')
  const uses = usesOf(context)
  const total = countResponses(context)
  const order = orderOf(context, uses, textOf(call.query, 'sort') ?? '')
  const tags = enabledOnly(allTags(context), call.query).toSorted(order)
  const found = tags.filter(search(context, call.query))
  const show = (tag: TagRow, children: Listed[]): Listed => ({
    ...plainTag(tag),
    ...(withStats ? statsOf(uses.get(tag.id), total) : {}),
    children,
  })
  const all = truthOf(call.query, 'flat') ? found.map((tag) => show(tag, [])) : hierarchy(found, tags, show)
  return { status: 200, json: all.slice(offset, offset + limit) }
}

const enabledOnly = (tags: TagRow[], query: Parameters) =>
  truthOf(query, 'exclude_disabled') ? tags.filter(({ enabled }) => enabled) : tags

function search({ unknowns }: AccountContext, query: Parameters): (tag: TagRow) => boolean {
  const words = wordsOf(textOf(query, 'search') ?? '')
  return ({ name }) => {
    const names = unknowns['U-23'] === 'words' ? wordsOf(name) : name
    return words.every((word) => names.includes(word))
  }
}

const wordsOf = (text: string): string[] => text.toUpperCase().match(/[\p{L}\p{M}\p{N}]+/gu) ?? []

type Order = (a: TagRow, b: TagRow) => number

function orderOf({ unknowns }: AccountContext, uses: Map<number, TagUse>, sort: string): Order {
  const count = (tag: TagRow) => uses.get(tag.id)?.responses ?? 0
  const tie: Order = (a, b) => (unknowns['U-22'] === 'higher-id-first' ? b.id - a.id : a.id - b.id)
  // By code point: `<` compares UTF-16, which differs beyond the basic plane only.
  const byName: Order = (a, b) => (a.name === b.name ? 0 : a.name < b.name ? -1 : 1)
  if (sort === '') return (a, b) => count(b) - count(a) || tie(a, b)
  if (sort === 'responses_asc') return (a, b) => count(a) - count(b) || tie(a, b)
  if (sort === 'name_asc') return (a, b) => byName(a, b) || tie(a, b)
  if (sort === 'name_desc') return (a, b) => byName(b, a) || tie(a, b)
  throw refuseParameter('sort')
}

/** What was found, with all that stands below it; a child stands on its own where nothing above it was found. */
function hierarchy(found: TagRow[], all: TagRow[], show: (tag: TagRow, children: Listed[]) => Listed): Listed[] {
  const ids = new Set(found.map(({ id }) => id))
  const byId = new Map(all.map((tag) => [tag.id, tag]))
  const below = Map.groupBy(all, ({ parentId }) => parentId)
  const shown = (tag: TagRow): Listed => show(tag, (below.get(tag.id) ?? []).map(shown))
  const isBelow = ({ parentId }: TagRow): boolean => {
    const parent = parentId === null ? undefined : byId.get(parentId)
    return parent !== undefined && (ids.has(parent.id) || isBelow(parent))
  }
  return found.filter((tag) => !isBelow(tag)).map(shown)
}

/** `usage` is of all responses, unrounded; a breakdown is of the tag's own, with two decimals. */
function statsOf(use: TagUse | undefined, total: number) {
  const count = use?.responses ?? 0
  const share = (sentiment: string) =>
    count === 0 ? 0 : Math.round((10_000 * (use?.bySentiment[sentiment] ?? 0)) / count) / 100
  return {
    response_count: count,
    usage: total === 0 ? 0 : (100 * count) / total,
    sentiment_breakdown: {
      positive: share('positive'),
      neutral: share('neutral'),
      negative: share('negative'),
      null: share('null'),
    },
  }
}
