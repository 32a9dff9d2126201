import { AnswerList } from '../answer-list.ts'
import { googleFormsFetcher } from '../fetch/google-forms.ts'
import { STATIC } from '../proof.ts'
import type { Provider } from '../provider.ts'
import type { Reading } from '../types.ts'
import { at, idOf, isRecord, itemsOf, textOf, timeOf, unreadable } from '../values.ts'

/**
 * Google Forms, in two ways. An Apps Script of the form (docs/google-forms-webhook.gs) sends each response with its
 * answers. Or a watch of the Forms API, through a Pub/Sub push subscription to the address with `?token=`: it only
 * says that there are responses, which are then fetched; the secret needs `access_token`, and whoever keeps that fresh
 * renews the watch too, which ends after seven days.
 * https://developers.google.com/forms/api/guides/push-notifications
 */
export const googleForms: Provider = {
  name: 'google-forms',
  proofs: [STATIC],
  setup: 'In the form: ⋮ → Apps Script → paste docs/google-forms-webhook.gs, with this address and its token.',
  fetcher: googleFormsFetcher,
  read(event) {
    const message = at(event, 'message') ?? event
    const attributes = at(message, 'attributes')
    if (isRecord(attributes)) return noticeOf(attributes, message)
    if (!isRecord(event) || event.id === undefined) {
      throw unreadable('The event is neither a notice of a watch nor a response sent by the Apps Script.')
    }
    const list = new AnswerList().add('email', event.email, { role: 'email' })
    for (const answer of itemsOf(event.answers)) {
      const title = textOf(at(answer, 'title'))
      const type = textOf(at(answer, 'type'))
      const role =
        type === 'SCALE' ? 'scale' : type === 'PARAGRAPH_TEXT' ? 'long-text' : type === 'TEXT' ? 'text' : undefined
      list.add(title, at(answer, 'value'), { names: [at(answer, 'id')], role })
    }
    const date = textOf(event.timestamp)
    const id = idOf(event.id, 'id')
    return { responses: [{ id, order: timeOf(date), date: date || null, answers: list.answers }] }
  },
}

function noticeOf(attributes: Record<string, unknown>, message: unknown): Reading {
  if (attributes.eventType !== 'RESPONSES') return { responses: [] }
  const form = idOf(attributes.formId, 'message.attributes.formId')
  const published = timeOf(at(message, 'publishTime'))
  const notice = textOf(at(message, 'messageId')) || form
  // One notice may stand for several responses, and for some that came a little before it.
  const since = published === null ? '' : new Date(published - 3_600_000).toISOString()
  return { responses: [], unfetched: [{ id: `notice ${notice}`, at: { form, since } }] }
}
