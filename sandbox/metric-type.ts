import { type Parameters, textOf } from './parameters.ts'
import { refuseParameter } from './refusal.ts'

const METRIC_TYPES = ['nps', 'ces', 'csat', 'other']

/** `metric_type` as it is kept: in small letters. */
export function metricTypeOf(fields: Parameters, of: string): string | undefined {
  const value = textOf(fields, 'metric_type')?.toLowerCase()
  if (value === undefined || METRIC_TYPES.includes(value)) return value
  throw refuseParameter(`${of}[metric_type]`)
}
