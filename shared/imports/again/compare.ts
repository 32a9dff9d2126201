import { BARE } from '../../feedback/row-digests.ts'
import type { EntryCursor } from './entries.ts'
import { isTelling } from './sketch.ts'

/** Rows counted by whether they say more than a date and a score. */
interface Tally {
  telling: number
  bare: number
}

export interface Comparison {
  own: Tally
  earlier: Tally
  /** Rows of both, equal ones as often as both have them; bare ones only where both have them equally often. */
  both: Tally
}

/** After so many different rows of both, few in common say that there is nothing more to come. */
const SAMPLE = 32

/** Compares two files row by row; rows of the earlier one that `counts` declines are passed over. Closes both. */
export async function compare(
  own: EntryCursor,
  earlier: EntryCursor,
  counts: (earlier: EntryCursor) => boolean,
): Promise<Comparison> {
  const result: Comparison = { own: tally(), earlier: tally(), both: tally() }
  const seen = { own: 0, earlier: 0, both: 0 }
  await own.next()
  await earlier.next()
  while (!own.isEnded || !earlier.isEnded) {
    const order = own.compare(earlier)
    const { hi, lo } = order <= 0 ? own : earlier
    const kind = lo & BARE ? 'bare' : 'telling'
    const ownCount = order <= 0 ? await countEqual(own, hi, lo, () => true) : 0
    const earlierCount = order >= 0 ? await countEqual(earlier, hi, lo, counts) : 0
    const isInBoth = ownCount > 0 && earlierCount > 0
    result.own[kind] += ownCount
    result.earlier[kind] += earlierCount
    if (isInBoth && (kind === 'telling' || ownCount === earlierCount)) {
      result.both[kind] += Math.min(ownCount, earlierCount)
    }
    seen.own += Number(ownCount > 0)
    seen.earlier += Number(earlierCount > 0)
    seen.both += Number(isInBoth)
    if (
      Math.min(seen.own, seen.earlier) >= SAMPLE &&
      seen.both < 0.1 * Math.max(SAMPLE, Math.min(seen.own, seen.earlier))
    )
      break
  }
  await own.close()
  await earlier.close()
  return result
}

/** Whether a file is an earlier one again: it holds nine tenths of that, or has half of its own rows there. */
export function isAgain({ own, earlier, both }: Comparison): boolean {
  // Different responses of a day are equal when they are a date and a score: those count only in files of little else.
  const skipsBare = isTelling(rowsIn(earlier), earlier.bare)
  return (
    isShare(both, earlier, 0.9, skipsBare) || isShare(both, own, 0.5, skipsBare || isTelling(rowsIn(own), own.bare))
  )
}

function isShare(both: Tally, of: Tally, share: number, skipsBare: boolean): boolean {
  const [part, whole] = skipsBare ? [both.telling, of.telling] : [rowsIn(both), rowsIn(of)]
  return whole > 0 && part >= share * whole
}

async function countEqual(
  cursor: EntryCursor,
  hi: number,
  lo: number,
  counts: (cursor: EntryCursor) => boolean,
): Promise<number> {
  let count = 0
  while (!cursor.isEnded && cursor.hi === hi && cursor.lo === lo) {
    if (counts(cursor)) count += 1
    const wait = cursor.next()
    if (wait) await wait
  }
  return count
}

const rowsIn = ({ telling, bare }: Tally) => telling + bare

const tally = (): Tally => ({ telling: 0, bare: 0 })
