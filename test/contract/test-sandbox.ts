import { afterAll, beforeAll, beforeEach } from 'vitest'
import { type SandboxOptions, startSandbox } from '../../sandbox/server.ts'

export interface Sent {
  query?: Record<string, string>
  /** Sent as multipart, the way the documentation's `curl -F` does. */
  form?: Record<string, string> | [name: string, value: string][]
  urlencoded?: Record<string, string>
  json?: unknown
  /** Sent as the part `file`, or under another name. */
  file?: { name?: string; part?: string; content: string | Uint8Array<ArrayBuffer> }
  /** Instead of the account's own token; null for none. */
  token?: string | null
  headers?: Record<string, string>
}

export interface Got {
  status: number
  headers: Headers
  text: string
  // biome-ignore lint/suspicious/noExplicitAny: an answer is whatever the test then says that it is
  json: any
}

export const CLIENT = { grant_type: 'client_credentials', client_id: 'demo', client_secret: 'demo' }
export const PASSWORD = { grant_type: 'password', username: 'demo@example.com', password: 'demo' }

/** A sandbox for all tests of a file, as new for each of them. */
export function useSandbox(options: SandboxOptions = {}): TestSandbox {
  const sandbox = new TestSandbox()
  let close = async () => {}
  beforeAll(async () => {
    const started = await startSandbox(options)
    sandbox.url = started.url
    close = started.close
  })
  beforeEach(() => sandbox.reset())
  afterAll(() => close())
  return sandbox
}

/** A sandbox as a program without any client of ours sees it. */
export class TestSandbox {
  url = ''
  token = ''

  async reset(): Promise<void> {
    await this.control('POST', 'reset')
    this.token = await this.newToken()
  }

  async newToken(): Promise<string> {
    return (await this.ask('POST', '/oauth/token', { form: CLIENT, token: null })).json.access_token
  }

  get(path: string, query: Record<string, string> = {}): Promise<Got> {
    return this.ask('GET', path, { query })
  }

  post(path: string, form: Record<string, string>): Promise<Got> {
    return this.ask('POST', path, { form })
  }

  put(path: string, form: Record<string, string>): Promise<Got> {
    return this.ask('PUT', path, { form })
  }

  delete(path: string): Promise<Got> {
    return this.ask('DELETE', path)
  }

  /** Uploads a CSV; each line as one argument. */
  upload(...lines: string[]): Promise<Got> {
    return this.ask('POST', '/v1/imports', { file: { name: 'data.csv', content: `${lines.join('\n')}\n` } })
  }

  /** Lets time pass, and with it what the sandbox does meanwhile. */
  async pass(seconds: number): Promise<void> {
    await this.control('POST', 'clock', { advance_seconds: seconds })
  }

  async mails(): Promise<{ to: string; subject: string; text: string; sent_at: string }[]> {
    return (await this.control('GET', 'mail')).json
  }

  control(method: string, path: string, json?: unknown): Promise<Got> {
    return this.ask(method, `/_sandbox/${path}`, { token: null, ...(json === undefined ? {} : { json }) })
  }

  async ask(method: string, path: string, sent: Sent = {}): Promise<Got> {
    const url = new URL(path, this.url)
    for (const [name, value] of Object.entries(sent.query ?? {})) url.searchParams.append(name, value)
    const token = sent.token === undefined ? this.token : sent.token
    const headers = { ...(token === null ? {} : { authorization: `Bearer ${token}` }), ...sent.headers }
    const { body, type } = bodyOf(sent)
    const answer = await fetch(url, {
      method,
      headers: type === undefined ? headers : { 'content-type': type, ...headers },
      ...(body === undefined ? {} : { body }),
    })
    const text = await answer.text()
    return { status: answer.status, headers: answer.headers, text, json: parsed(text) }
  }
}

function bodyOf(sent: Sent): { body?: string | URLSearchParams | FormData; type?: string } {
  if (sent.json !== undefined) return { body: JSON.stringify(sent.json), type: 'application/json' }
  if (sent.urlencoded) return { body: new URLSearchParams(sent.urlencoded) }
  if (!sent.form && !sent.file) return {}
  const body = new FormData()
  for (const [name, value] of Array.isArray(sent.form) ? sent.form : Object.entries(sent.form ?? {})) {
    body.append(name, value)
  }
  if (sent.file) {
    const { part = 'file', name = 'data.csv', content } = sent.file
    body.append(part, new File([content], name, { type: 'text/csv' }))
  }
  return { body }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** How an answer is built: its keys in their order, and of which kind each value is. */
export function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 0 ? [] : [shapeOf(value[0])]
  if (typeof value !== 'object' || value === null) return value === null ? 'null' : typeof value
  return Object.entries(value).map(([key, item]) => [key, shapeOf(item)])
}
