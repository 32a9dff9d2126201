import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { afterEach, expect, it } from 'vitest'
import { curlRequest, sendCurl } from '../contract/curl.ts'

const COMMAND = new URL('../../sandbox/command.ts', import.meta.url).href
const children: ChildProcess[] = []

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
})

/** Runs the command as the command line does; resolves when it is ready. */
async function run(options: object): Promise<{ child: ChildProcess; lines: string[]; url: string }> {
  const code = `import { runSandboxCommand } from ${JSON.stringify(COMMAND)}
    await runSandboxCommand({ port: 0, host: '127.0.0.1', fresh: false, ...${JSON.stringify(options)} })`
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', '--input-type=module', '-e', code])
  children.push(child)
  let text = ''
  for await (const chunk of child.stdout.iterator({ destroyOnReturn: false })) {
    text += chunk
    if (/^ready .*\n/m.test(text)) break
  }
  const lines = text.trimEnd().split('\n')
  return { child, lines, url: lines.at(-1)?.replace('ready ', '') ?? '' }
}

it('prints the credentials, three lines that work when pasted, and that it is ready', async () => {
  const { lines, url } = await run({})
  const [token = '', upload = '', list = '', ...others] = lines.filter((line) => line.includes('curl'))
  const [, csv = ''] = /printf '([^']*)'/.exec(upload) ?? []
  const [, pattern = ''] = /sed 's\/(.*)\/\\1\/'/.exec(token) ?? []
  const commandIn = (line: string) => line.slice(line.indexOf('curl'))

  expect(others).toEqual([])
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
  expect(lines.join('\n')).toContain('demo / demo')
  const answer = await (await sendCurl(curlRequest(commandIn(token)))).text()
  const access = new RegExp(pattern.replace('\\(', '(').replace('\\)', ')')).exec(answer)?.[1] ?? ''
  const send = (line: string) =>
    sendCurl(curlRequest(commandIn(line).replace('$TOKEN', access)), { '-': csv.replaceAll('\\n', '\n') })
  expect(await (await send(upload)).json()).toMatchObject({
    name: 'try.csv',
    responses: [{ feedback: 'It just works', score: 9 }],
  })
  expect(await (await send(list)).json()).toMatchObject([{ name: 'try.csv' }])
})

it.each(['SIGTERM', 'SIGINT'] as const)('ends cleanly on %s', async (signal) => {
  const { child } = await run({})

  child.kill(signal)

  expect(await once(child, 'exit')).toEqual([0, null])
})

it('decides open questions and limits as it is told', async () => {
  const { url } = await run({ unknown: ['U-07=200'], rateLimit: 2, fresh: true })
  const token = async () => {
    const body = new URLSearchParams({ grant_type: 'client_credentials', client_id: 'demo', client_secret: 'demo' })
    return ((await (await fetch(`${url}/oauth/token`, { method: 'POST', body })).json()) as { access_token: string })
      .access_token
  }
  const headers = { authorization: `Bearer ${await token()}` }

  const answers = [1, 2, 3].map(() => fetch(`${url}/v1/tags`, { headers }))

  expect((await Promise.all(answers)).map(({ status }) => status).toSorted()).toEqual([424, 424, 429])
})
