type Fields = Record<string, unknown>

/** What a step says in the terminal; ids and counts, never the content of a response. */
const SENTENCES: Record<string, (fields: Fields) => string> = {
  'drop.received': ({ drop }) => `${drop}: received`,
  'drop.read': (fields) => {
    const aside = Number(fields.set_aside)
    const set = aside > 0 ? `, ${aside} of them set aside` : ''
    const parts = Number(fields.parts)
    return `${fields.drop}: ${plural(fields.rows, 'row')} read${set}${parts > 1 ? `, sent in ${parts} parts` : ''}`
  },
  'drop.duplicate': ({ drop, duplicate_of }) => `${drop}: duplicate of ${duplicate_of}; nothing sent`,
  'drop.rejected': ({ drop, code, message }) => `${drop}: rejected (${code}). ${message}`,
  'drop.exhausted': ({ drop, message }) => `${drop}: given up for now. ${message}`,
  'drop.finished': (fields) => {
    const { drop, state, imported, set_aside, duplicate } = fields
    const before = Number(duplicate) > 0 ? `, ${plural(duplicate, 'row')} sent before` : ''
    const aside = Number(set_aside) > 0 ? `, ${plural(set_aside, 'row')} set aside in rejected/` : ''
    return `${drop}: ${state}; ${plural(imported, 'row')} in CXI${before}${aside}. Its receipt lies in receipts/`
  },
  'drop.confirmed': ({ drop, imports }) => {
    const ids = Array.isArray(imports) ? imports : []
    return `${drop}: CXI has counted all rows of ${ids.length === 1 ? `import ${ids[0]}` : plural(ids.length, 'import')}`
  },
  'drop.undoing': ({ drop }) => `${drop}: its imports are being deleted`,
  'drop.undone': ({ drop }) => `${drop}: undone; dropped again, it would be imported anew`,
  'drop.unreadable': ({ drop, message }) => `${drop}: can't be read again. ${message}`,
  'import.created': ({ part, import_id }) => `"${part}": uploaded as import ${import_id}`,
  'import.described': ({ part, import_id }) => `"${part}": metadata of import ${import_id} set`,
  'import.deleted': ({ part, import_id }) => `"${part}": import ${import_id} deleted`,
  'import.unknown': ({ part }) => `"${part}": the upload had no answer; looking in CXI whether it arrived`,
  'import.resent': ({ part }) => `"${part}": the upload did not arrive; sending it again`,
  'import.refused': ({ part, status }) => `"${part}": CXI refused it (HTTP ${status}); its rows are set aside`,
  'import.confirmed': ({ part, import_id }) => `"${part}": CXI has counted all rows of import ${import_id}`,
  'account.recovered': ({ account }) => `CXI works again for account "${account}"; what waited goes on`,
  'account.trouble': ({ message }) => `${message} Files wait until then; nothing is lost.`,
  'service.trouble': ({ message }) => `${message} Files wait; it is tried again by itself.`,
  'tag.created': ({ name }) => `tag ${name} created in CXI`,
  'project.created': ({ name }) => `project "${name}" created in CXI`,
  'export.queued': ({ type, request }) => `${type} export wanted (${request})`,
  'export.folded': ({ type }) =>
    `${type} export: its time has come, but an earlier one still waits and brings the same`,
  'export.asked': ({ type, account }) =>
    `${type} export: CXI was asked (account "${account}"); it mails a link when it is ready`,
  'export.unknown': ({ type }) => `${type} export: the question had no answer; it counts as asked, the mail will tell`,
  'export.waiting': ({ type }) => `${type} export: CXI has another one in progress; it is asked again later`,
  'export.arrived': ({ type, host }) => `${type} export: its mail has come; fetching the file from ${host}`,
  'export.collected': ({ type, file, rows }) => `${type} export: ${plural(rows, 'row')} in ${file}`,
  'mail.received': ({ mail }) => `${mail}: received`,
  'mail.duplicate': ({ mail }) => `${mail}: the same mail came before; nothing to do`,
  'recent.stored': ({ rows, file }) =>
    file === null ? 'newest responses: none are new' : `newest responses: ${plural(rows, 'row')} in ${file}`,
  'step.failed': ({ step, message }) => `Step "${step}" failed: ${message}`,
}

/** Steps that a person need not read: another line says the same, or it is of interest to machines only. */
export const QUIET: ReadonlySet<string> = new Set([
  'import.confirmed',
  'token.issued',
  'token.invalidated',
  'token.failed',
  // One for each delivery; the batches are told of.
  'webhook.received',
  'webhook.refused',
  'response.fetched',
])

export function sentenceOf(event: string, fields: Fields): string {
  const sentence = SENTENCES[event]
  if (sentence) return sentence(fields)
  if (typeof fields.message === 'string') return fields.message
  const pairs = Object.entries(fields).map(([key, value]) => `${key} ${JSON.stringify(value)}`)
  return [event, ...pairs].join(' ')
}

/** `1 row`, `1,200 rows` */
export function plural(count: unknown, noun: string): string {
  const number = Number(count)
  return `${number.toLocaleString('en-US')} ${noun}${number === 1 ? '' : 's'}`
}
