import { abbreviationOffset, hourOf } from './date-words.ts'
import { offsetOf } from './zone.ts'

export interface TimeOfDay {
  hour: number
  minute: number
  second: number
  /** Seconds east of Greenwich, where the value says it. */
  offset?: number
  hasHalf: boolean
}

const TIME = /^(\d{1,2})(?::(\d{2})(?::(\d{2})(?:[.,]\d{1,9})?)?)?\s*([ap]\.?m\.?)?\s*(.*)$/i

/** Reads what follows a date: `T15:45:00.5Z`, ` 3:45 PM GMT+1`, `, 15:45`; undefined where it is no time. */
export function timeOfDay(rest: string): TimeOfDay | undefined {
  if (rest === '') return { hour: 0, minute: 0, second: 0, hasHalf: false }
  const text = rest.replace(/^(?:T(?=\d)|,?\s+(?:at\s+)?|,)/i, '')
  if (text === rest) return undefined
  const match = TIME.exec(text)
  if (!match) return undefined
  const [, hour, minute, second, half, zone = ''] = match
  if (minute === undefined && half === undefined) return undefined
  const offset = zone === '' ? undefined : zoneOffset(zone)
  if (zone !== '' && offset === undefined) return undefined
  return {
    hour: hourOf(Number(hour), half),
    minute: Number(minute ?? 0),
    second: Number(second ?? 0),
    hasHalf: half !== undefined,
    ...(offset === undefined ? {} : { offset }),
  }
}

function zoneOffset(text: string): number | undefined {
  // `GMT+0200 (Central European Summer Time)`: the name in brackets adds nothing.
  const zone = text.replace(/\s*\([^)]*\)$/, '')
  return abbreviationOffset(zone) ?? offsetOf(zone)
}
