// Runs a bundle as Lambda's own runtime does: loads the handler, then takes one invocation after another from the
// Runtime API (https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html). Its client is node:http, taken in a way
// that loads nothing else, since Lambda's is a part of its binary.
import type { IncomingHttpHeaders } from 'node:http'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

const { request } = process.getBuiltinModule('node:http')
const { AWS_LAMBDA_RUNTIME_API, LAMBDA_TASK_ROOT = '', _HANDLER = '' } = process.env
const api = `http://${AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime`

const [file, name = ''] = _HANDLER.split('.')
const loaded = import(pathToFileURL(join(LAMBDA_TASK_ROOT, `${file}.mjs`)).href)
const handler = await loaded.then(
  (module) => module[name],
  async (error: Error) => {
    await call('POST', '/init/error', { errorType: error.name, errorMessage: error.message, trace: error.stack })
    process.exit(1)
  },
)

for (;;) {
  const { headers, text } = await call('GET', '/invocation/next')
  const id = headers['lambda-runtime-aws-request-id']
  const deadlineMs = Number(headers['lambda-runtime-deadline-ms'])
  const context = { awsRequestId: id, getRemainingTimeInMillis: () => deadlineMs - Date.now() }
  try {
    const answer = await handler(JSON.parse(text), context)
    await call('POST', `/invocation/${id}/response`, answer ?? null)
  } catch (error) {
    const { name: errorType, message: errorMessage } = error as Error
    await call('POST', `/invocation/${id}/error`, { errorType, errorMessage })
  }
}

function call(method: string, path: string, body?: unknown): Promise<{ headers: IncomingHttpHeaders; text: string }> {
  return new Promise((resolve, reject) => {
    const sent = request(`${api}${path}`, { method }, (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk) => {
        text += chunk
      })
      response.on('end', () => resolve({ headers: response.headers, text }))
    })
    sent.on('error', reject)
    sent.end(body === undefined ? undefined : JSON.stringify(body))
  })
}
