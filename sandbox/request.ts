import type { IncomingMessage } from 'node:http'
import busboy from 'busboy'
import { addParameter, fromJson, listsFromIndexes, newParameters, type Parameters } from './parameters.ts'
import { refuse } from './refusal.ts'
import type { Unknowns } from './unknowns.ts'

/** Larger than the largest CSV with all that a form puts around it. */
const BODY_LIMIT = 12_000_000

export interface UploadedFile {
  part: string
  name: string
  bytes: Buffer
}

/** A request with its body read. */
export interface Call {
  method: string
  path: string
  query: Parameters
  /** Fields of the body; a query's for whoever sends them there, as Rails reads them. */
  fields: Parameters
  files: UploadedFile[]
  isMultipart: boolean
  authorization: string | undefined
}

/** Reads a request. Throws a Refusal for a body that can't be read; rejects where the connection ends before it does. */
export async function readCall(request: IncomingMessage, url: URL, unknowns: Unknowns): Promise<Call> {
  const body = await readBody(request)
  const query = newParameters()
  for (const [name, value] of url.searchParams) addParameter(query, name, value)
  const call: Call = {
    method: request.method ?? 'GET',
    path: url.pathname,
    query,
    fields: newParameters(),
    files: [],
    isMultipart: false,
    authorization: request.headers.authorization,
  }
  for (const [name, value] of url.searchParams) addParameter(call.fields, name, value)
  const type = (request.headers['content-type'] ?? '').toLowerCase()
  if (type.startsWith('multipart/form-data')) {
    call.isMultipart = true
    await readMultipart(request, body, call)
  } else if (type.startsWith('application/x-www-form-urlencoded')) {
    for (const [name, value] of new URLSearchParams(body.toString())) addParameter(call.fields, name, value)
  } else if (type.startsWith('application/json') && body.length > 0 && unknowns['U-20'] === 'accept') {
    Object.assign(call.fields, jsonOf(body))
  }
  listsFromIndexes(call.fields, unknowns['U-19'] === 'from-zero')
  return call
}

/** The whole body. Throws a Refusal where it is too large, once all of it has come: who still sends does not listen. */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes <= BODY_LIMIT) chunks.push(chunk)
  }
  if (bytes > BODY_LIMIT)
    throw refuse(413, 'The request is too large; imports only work for CSVs less than 10MB in size.')
  return Buffer.concat(chunks)
}

function jsonOf(body: Buffer): Parameters {
  let value: unknown
  try {
    value = JSON.parse(body.toString())
  } catch {}
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return fromJson(value) as Parameters
  throw refuse(400, 'The body is not a JSON object.')
}

function readMultipart(request: IncomingMessage, body: Buffer, call: Call): Promise<void> {
  const parser = parserOf(request)
  return new Promise((resolve, reject) => {
    const files: UploadedFile[] = []
    parser.on('field', (name, value) => {
      try {
        addParameter(call.fields, name, value)
      } catch (error) {
        reject(error)
      }
    })
    parser.on('file', (part, stream, info) => {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('error', () => {})
      stream.on('end', () => files.push({ part, name: info.filename ?? '', bytes: Buffer.concat(chunks) }))
    })
    parser.on('error', (error) => reject(unreadable(error)))
    parser.on('close', () => {
      call.files = files
      resolve()
    })
    parser.end(body)
  })
}

function parserOf(request: IncomingMessage): busboy.Busboy {
  try {
    return busboy({ headers: request.headers, limits: { files: 5, fields: 2000 }, defParamCharset: 'utf8' })
  } catch (error) {
    throw unreadable(error)
  }
}

const unreadable = (error: unknown) =>
  refuse(400, `The multipart body can't be read: ${error instanceof Error ? error.message : 'malformed'}.`)
