/** What one curl command line asks for. A form's value that begins with `@` is the name of a file. */
export interface CurlRequest {
  method: string
  url: string
  headers: Record<string, string>
  form: [name: string, value: string][]
  /** Whether the answer's status and headers are shown too (`-i`). */
  showsHead: boolean
}

/** Reads a curl command as a shell would, up to a pipe. Throws on an option that it doesn't know. */
export function curlRequest(command: string): CurlRequest {
  const words = wordsOf(command)
  if (words[0] === '$') words.shift()
  if (words.shift() !== 'curl') throw new Error(`Not a curl command: ${command}`)
  const request: CurlRequest = { method: '', url: '', headers: {}, form: [], showsHead: false }
  while (words.length > 0) {
    const word = words.shift() ?? ''
    if (word === '-i') request.showsHead = true
    else if (word === '-s') continue
    else if (/^-[XFH]/.test(word)) take(request, word.slice(0, 2), word.slice(2) || (words.shift() ?? ''))
    else if (word.startsWith('-')) throw new Error(`Unknown option ${word} in: ${command}`)
    else request.url = word
  }
  request.method ||= request.form.length > 0 ? 'POST' : 'GET'
  return request
}

function take(request: CurlRequest, option: string, value: string): void {
  const [, name = '', rest = ''] = /^([^=:]+)[=:]\s*([\s\S]*)$/.exec(value) ?? []
  if (option === '-X') request.method = value
  else if (option === '-F') request.form.push([name, rest])
  else request.headers[name.toLowerCase()] = rest
}

/** Words of a command line: quotes are taken off, a backslash joins lines, a bare pipe ends it. */
function wordsOf(command: string): string[] {
  const words: string[] = []
  let word: string | undefined
  const pattern = /\\\n|\\(.)|"((?:[^"\\]|\\.)*)"|'([^']*)'|(\s+)|(\|)|([^\s"'\\|]+)/gs
  for (const [whole, escaped, double, single, space, pipe, plain] of command.matchAll(pattern)) {
    if (pipe !== undefined) break
    if (whole === '\\\n') continue
    if (space === undefined) {
      word = (word ?? '') + (escaped ?? double?.replaceAll(/\\(.)/gs, '$1') ?? single ?? plain ?? '')
    } else if (word !== undefined) {
      words.push(word)
      word = undefined
    }
  }
  if (word) words.push(word)
  return words
}

/** Sends what a curl command asks for; `files` are the contents of the files that it names, `-` what it reads. */
export function sendCurl(request: CurlRequest, files: Record<string, string> = {}): Promise<Response> {
  const { method, url, headers } = request
  if (request.form.length === 0) return fetch(url, { method, headers })
  const body = new FormData()
  for (const [name, value] of request.form) {
    const [, path, as] = /^@([^;]*)(?:;filename=(.*))?$/.exec(value) ?? []
    if (path === undefined) body.append(name, value)
    else body.append(name, new File([files[path] ?? ''], as ?? path, { type: 'text/csv' }))
  }
  return fetch(url, { method, headers, body })
}
