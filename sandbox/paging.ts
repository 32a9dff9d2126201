import type { SandboxContext } from './context.ts'
import { integerOf, type Parameters } from './parameters.ts'
import { refuseParameter } from './refusal.ts'

const LAST_PAGE = 30
const LARGEST_PAGE = 50
const PAGE_SIZE = 25

/** Which records a list request asks for. Throws a Refusal beyond the limits, unless those are to be taken instead. */
export function pageOf({ unknowns }: SandboxContext, query: Parameters): { limit: number; offset: number } {
  const within = (name: string, otherwise: number, most: number) => {
    const asked = integerOf(query, name) ?? otherwise
    if (asked >= 1 && asked <= most) return asked
    if (unknowns['U-06'] === 'clamp') return asked < 1 ? otherwise : most
    throw refuseParameter(name)
  }
  const page = within('page', 1, LAST_PAGE)
  const limit = within('per_page', PAGE_SIZE, LARGEST_PAGE)
  return { limit, offset: (page - 1) * limit }
}
