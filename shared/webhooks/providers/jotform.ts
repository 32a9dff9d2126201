import { AnswerList } from '../answer-list.ts'
import { parseInner } from '../json.ts'
import { STATIC } from '../proof.ts'
import type { Provider } from '../provider.ts'
import { at, idOf, isRecord, unreadable } from '../values.ts'

/**
 * Jotform: the form's Settings → Integrations → Webhooks → the address with `?token=`, since Jotform signs nothing. An event
 * states no time: the response's date is when it arrived. Answers are named by the field's unique name (`typeOf` of
 * `q33_typeOf`); which one is the score must be said in `columns`.
 * https://www.jotform.com/help/245-how-to-setup-a-webhook-with-jotform/
 */
export const jotform: Provider = {
  name: 'jotform',
  proofs: [STATIC],
  setup: 'In the form: Settings → Integrations → WebHooks; paste the address with its ?token=.',
  read(event) {
    const raw = at(event, 'rawRequest')
    if (typeof raw !== 'string') throw unreadable('The event has no rawRequest, in which Jotform sends the answers.')
    const answers = parsed(raw)
    const list = new AnswerList()
    for (const [key, value] of Object.entries(answers)) {
      const match = /^q(\d+)_(.+)$/.exec(key)
      if (!match) continue
      const [, number = '', name = ''] = match
      list.add(name, readable(value), { names: [key, number], role: roleOf(name, value) })
    }
    list.add('form', at(event, 'formTitle'))
    const id = idOf(at(event, 'submissionID'), 'submissionID')
    return { responses: [{ id, order: null, date: null, answers: list.answers }] }
  },
}

function parsed(raw: string): Record<string, unknown> {
  const value = parseInner(raw, 'The event’s rawRequest')
  if (!isRecord(value)) throw unreadable('The event’s rawRequest is no object.')
  return value
}

/** A name is `{ first, last }`, a date `{ month, day, year }`; empty members say nothing. */
function readable(value: unknown): unknown {
  if (!isRecord(value)) return value
  const filled = Object.values(value).filter((member) => member !== '')
  return filled.every((member) => typeof member === 'string') ? filled.join(' ') : value
}

function roleOf(name: string, value: unknown) {
  if (/e-?mail/i.test(name)) return 'email'
  if (/^user_?id$/i.test(name)) return 'user-id'
  return typeof value === 'string' && !/^\d*$/.test(value) ? 'text' : undefined
}
