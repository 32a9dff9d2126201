const MONTHS = 'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ')
const MONTH_NAMES = 'january february march april may june july august september october november december'.split(' ')

/** Zones that RFC 2822 names, in seconds; other abbreviations mean several zones. */
const ABBREVIATIONS: Record<string, number> = {
  EST: -5 * 3600,
  EDT: -4 * 3600,
  CST: -6 * 3600,
  CDT: -5 * 3600,
  MST: -7 * 3600,
  MDT: -6 * 3600,
  PST: -8 * 3600,
  PDT: -7 * 3600,
}

/** 1 to 12 for an English month name or its abbreviation; NaN for another word. */
export function monthOf(word: string): number {
  const name = word.toLowerCase()
  const full = MONTH_NAMES.indexOf(name)
  if (full >= 0) return full + 1
  const short = MONTHS.indexOf(name === 'sept' ? 'sep' : name)
  return short >= 0 ? short + 1 : Number.NaN
}

/** Seconds east of Greenwich of `Z`, `UTC`, `GMT` or a zone of RFC 2822; undefined for another word. */
export function abbreviationOffset(word: string): number | undefined {
  const name = word.toUpperCase()
  return name === 'Z' || name === 'UTC' || name === 'GMT' || name === 'UT' ? 0 : ABBREVIATIONS[name]
}

/** A year of two digits as spreadsheets read it: 00 to 69 are 2000 to 2069. */
export function fullYear(digits: string): number {
  const year = Number(digits)
  return digits.length > 2 ? year : year < 70 ? 2000 + year : 1900 + year
}

/** Hour of the day for an hour with AM or PM; NaN where there is no such hour. */
export function hourOf(hour: number, half: string | undefined): number {
  if (!half) return hour
  if (hour < 1 || hour > 12) return Number.NaN
  return (hour % 12) + (/^p/i.test(half) ? 12 : 0)
}
