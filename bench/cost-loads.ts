import { createHmac } from 'node:crypto'
import { SECRET } from '../test/support/webhook-world.ts'

/** Rows of a file of about a megabyte. */
export const ROWS = 6000

const WORDS =
  'the delivery was late but support helped at once and price is fine for what we get here every month'.split(' ')

/** A survey tool's export of about a megabyte, about a fifth of its cells quoted; no row is in two files. */
export function fileOf(file: number): string {
  const row = (n: number) =>
    `${file}-${n},${1_790_812_800 + n},${n % 11},"Good, but the ""new"" page is slow ${n}",p${n}@example.com,DE,pro,phone,"yes, often",no,"a longer answer, with a comma in it",${n % 600}\n`
  return `Response,Submitted,score,feedback,email,Country,Plan,Device,Question 1,Question 2,Question 3,Duration\n${Array.from({ length: ROWS }, (_, n) => row(n)).join('')}`
}

const BYTES = 2000

/** A Typeform delivery of about 2 KB, with its signature. */
export function deliveryOf(id: number): { body: Buffer; headers: Record<string, string> } {
  const fields: object[] = []
  const answers: object[] = []
  const form_response = { token: `t${id}`, submitted_at: '2026-11-20T10:15:00Z', definition: { fields }, answers }
  const event = { event_id: String(id), event_type: 'form_response', form_response }
  for (let n = 0; JSON.stringify(event).length < BYTES; n++) {
    const type = n === 0 ? 'opinion_scale' : 'short_text'
    const text = Array.from({ length: 6 }, (_, at) => WORDS[(id * 7 + n * 5 + at * at * 3) % WORDS.length]).join(' ')
    fields.push({ id: `f${n}`, title: `Question number ${n}?`, type, ref: `ref-${n}` })
    const field = { id: `f${n}`, type, ref: `ref-${n}` }
    answers.push(n === 0 ? { type: 'number', number: id % 11, field } : { type: 'text', text, field })
  }
  const body = Buffer.from(JSON.stringify(event))
  const signature = `sha256=${createHmac('sha256', SECRET).update(body).digest('base64')}`
  return { body, headers: { 'content-type': 'application/json', 'typeform-signature': signature } }
}
