import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { expect, it, onTestFinished } from 'vitest'
import { startSandbox } from '../../sandbox/server.ts'
import { TestSandbox } from '../contract/test-sandbox.ts'

/** A mail server that takes everything, or refuses to. */
async function mailServer(): Promise<{ url: string; received: string[]; refuses: boolean }> {
  const state = { url: '', received: [] as string[], refuses: false }
  const server = createServer((socket) => {
    let text = ''
    let inData = false
    socket.on('error', () => {})
    socket.write(state.refuses ? '421 not now\r\n' : '220 ready\r\n')
    socket.on('data', (chunk) => {
      text += chunk
      if (inData && text.endsWith('\r\n.\r\n')) {
        state.received.push(text)
        inData = false
        text = ''
        socket.write('250 kept\r\n')
        return
      }
      if (inData || !text.endsWith('\r\n')) return
      const command = text.trim().slice(0, 4).toUpperCase()
      text = ''
      inData = command === 'DATA'
      socket.write(command === 'DATA' ? '354 go on\r\n' : command === 'QUIT' ? '221 bye\r\n' : '250 ok\r\n')
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  state.url = `smtp://127.0.0.1:${(server.address() as AddressInfo).port}`
  return state
}

async function started(smtp: string): Promise<TestSandbox> {
  const sandbox = await startSandbox({ smtp })
  onTestFinished(sandbox.close)
  const cxi = new TestSandbox()
  cxi.url = sandbox.url
  await cxi.reset()
  return cxi
}

it('a mail is sent by SMTP, once', async () => {
  const server = await mailServer()
  const cxi = await started(server.url)

  await cxi.post('/v1/exports', {})
  await cxi.pass(60)
  await cxi.pass(60)

  expect(server.received).toHaveLength(1)
  expect(server.received[0]).toContain('To: demo@example.com\r\n')
  expect(server.received[0]?.replaceAll('=\r\n', '')).toMatch(/http:\/\/127\.0\.0\.1:\d+\/exports\//)
})

it('a mail server that is out of order gets the mail when it is back', async () => {
  const server = await mailServer()
  server.refuses = true
  const cxi = await started(server.url)

  await cxi.post('/v1/exports', {})
  await cxi.pass(60)
  expect(server.received).toEqual([])
  expect(await cxi.mails()).toHaveLength(1)
  server.refuses = false
  await cxi.pass(1)

  expect(server.received).toHaveLength(1)
})
