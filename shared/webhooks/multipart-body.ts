import busboy from 'busboy'
import { MAX_FIELDS } from './decode.ts'
import { type Fields, putField } from './form-body.ts'
import { unreadable } from './values.ts'

const LIMITS = { fieldNameSize: 500, fieldSize: 4_194_304, fields: MAX_FIELDS, files: 50, parts: MAX_FIELDS + 50 }

/**
 * The fields of a `multipart/form-data` body; what its files hold is not looked at. Throws RelayError
 * `webhook_unreadable` where it is not whole or goes beyond the limits (busboy itself would cut off without a word).
 */
export function parseMultipart(body: Uint8Array, contentType: string): Promise<Fields> {
  return new Promise((resolve, reject) => {
    const fields = Object.create(null) as Fields
    const fail = (cause?: unknown) =>
      reject(unreadable('The multipart body is not whole, or has too many parts.', cause))
    try {
      const parser = busboy({ headers: { 'content-type': contentType }, limits: LIMITS, defParamCharset: 'utf8' })
      parser.on('field', (name, value, { nameTruncated, valueTruncated }) => {
        if (nameTruncated || valueTruncated) return fail()
        try {
          putField(fields, name, value)
        } catch (error) {
          reject(error)
        }
      })
      parser.on('file', (_, stream) => stream.on('error', fail).resume())
      for (const limit of ['partsLimit', 'fieldsLimit', 'filesLimit'] as const) parser.on(limit, () => fail())
      parser.on('error', fail)
      parser.on('close', () => resolve(fields))
      parser.end(body)
    } catch (error) {
      fail(error)
    }
  })
}
