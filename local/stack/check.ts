import { messageOf, RelayError } from '../../shared/errors.ts'
import { advised } from './aws.ts'

/** What `doctor` found out about one thing. */
export interface Check {
  /** What was looked at, stable: `stack`, `configuration`, `inbox`, `privacy_key`, `dead_letters`, `alarms`. */
  check: string
  /** `unknown`: the caller may not look at it. */
  state: 'ok' | 'problem' | 'unknown'
  /** What was found, and what to do where it is no good. */
  message: string
}

/** Looks at one thing; what can't be looked at is a finding too, and hides no other one. */
export async function checked(check: string, region: string, look: () => Promise<Check[]>): Promise<Check[]> {
  try {
    return await look()
  } catch (failure) {
    const error = advised(failure, region)
    const state = error instanceof RelayError && error.code === 'aws_denied' ? 'unknown' : 'problem'
    return [{ check, state, message: messageOf(error) }]
  }
}

const MARKS = { ok: '  ', problem: '! ', unknown: '? ' }

export const checkSentence = ({ state, message }: Check): string => `${MARKS[state]}${message}`
