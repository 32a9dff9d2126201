import Papa from 'papaparse'
import type { Answer } from './answer.ts'
import type { AccountContext } from './context.ts'
import { csvText } from './csv-text.ts'
import { hashesOf, type Parameters, textOf } from './parameters.ts'
import { refuse, refuseParameter } from './refusal.ts'
import type { Call } from './request.ts'
import type { Property } from './response-json.ts'

const TYPED = /^(.+)___(?:(integer|double)|(datetime):.+)$/

/**
 * `PUT /v1/responses/update_bulk_properties`: a CSV in the part `csv`, its first column `response_id`, the others
 * properties, typed by a suffix. From a later version of the vendor's documentation.
 */
export function updateProperties(context: AccountContext, call: Call): Answer {
  const file = call.files.find(({ part }) => part === 'csv')
  if (!file) throw refuseParameter('csv', 'is missing')
  const text = csvText(file.bytes, context.unknowns['U-13'])
  if (text === undefined) throw refuse(422, 'The CSV file is not UTF-8.')
  const { data, errors } = Papa.parse<string[]>(text, { delimiter: ',', skipEmptyLines: true })
  const [[first, ...names] = [], ...rows] = data
  if (errors.length > 0 || first !== 'response_id') throw refuse(422, 'The first column must be response_id.')
  const columns = names.map(columnOf)
  const changes = rows.map(([id = '', ...cells], index) => {
    if (cells.length !== columns.length) throw refuse(422, `row ${index + 2}: not as many fields as the header has.`)
    const properties = columns.map(({ key, data_type }, at) => ({ key, data_type, value: cells[at] ?? '' }))
    return { id: idOf(context, id), properties }
  })
  return change(context, changes)
}

/** `PUT /v1/segments/update_bulk`: properties of responses by `responses[][id]`, or of users' by `users[][user_id]`. */
export function updateSegments(context: AccountContext, call: Call): Answer {
  const responses = hashesOf(call.fields, 'responses').map((hash) => ({
    id: idOf(context, textOf(hash, 'id') ?? ''),
    properties: propertiesIn(hash),
  }))
  const ofUsers = hashesOf(call.fields, 'users').flatMap((hash) => {
    const user = textOf(hash, 'user_id')
    if (!user) throw refuseParameter('users[][user_id]', 'is missing')
    const rows = context.db.all('SELECT id FROM responses WHERE account = ? AND user_id = ?', context.account.id, user)
    return rows.map(({ id }) => ({ id: Number(id), properties: propertiesIn(hash) }))
  })
  if (responses.length === 0 && call.fields.users === undefined) throw refuseParameter('responses', 'is missing')
  return change(context, [...responses, ...ofUsers])
}

const columnOf = (name: string) => {
  const [, key = name, number, date] = TYPED.exec(name) ?? []
  return { key, data_type: number ?? date ?? 'string' }
}

function propertiesIn(hash: Parameters): Property[] {
  return hashesOf(hash, 'custom_properties').map((property) => {
    const key = textOf(property, 'key')
    if (!key) throw refuseParameter('custom_properties[][key]', 'is missing')
    return { key, data_type: 'string', value: textOf(property, 'value') ?? '' }
  })
}

function idOf({ db, account }: AccountContext, text: string): number {
  const id = /^\d{1,15}$/.test(text) ? Number(text) : 0
  if (db.get('SELECT 1 FROM responses WHERE id = ? AND account = ?', id, account.id)) return id
  throw refuse(422, `There is no response ${JSON.stringify(text.slice(0, 50))}.`)
}

function change({ db }: AccountContext, changes: { id: number; properties: Property[] }[]): Answer {
  db.transaction(() => {
    for (const { id, properties } of changes) {
      const before = JSON.parse(String(db.get('SELECT changed FROM responses WHERE id = ?', id)?.changed)) as
        | Property[]
        | null
      const all = new Map([...(before ?? []), ...properties].map((property) => [property.key, property]))
      db.run('UPDATE responses SET changed = ? WHERE id = ?', JSON.stringify([...all.values()]), id)
    }
  })
  return { status: 200, json: { message: `${changes.length} responses were updated.` } }
}
