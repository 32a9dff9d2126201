import { randomBytes } from 'node:crypto'
import { Agent, request } from 'node:http'
import { createCxiClient } from '../shared/cxi/client.ts'
import { createDispatcher } from '../shared/cxi/dispatcher.ts'
import { systemClock } from '../shared/stores/system-clock.ts'
import { median, report } from './results.ts'
import { startSink } from './sink.ts'

/** A7: the upload of one part, beside node:http writing what stands before it, the part, and what stands behind. */

const PART_BYTES = 9_990_000
const ROUNDS = 41
const WARM = 6
const TARGET = 1.5
const MOST_CPU_MS = 5

const part = randomBytes(PART_BYTES)
const sink = await startSink()
const dispatcher = createDispatcher()
const tokens = { get: async () => 'bench', invalidate: async () => undefined }
const client = createCxiClient({ apiUrl: sink.url, tokens, clock: systemClock, dispatcher })
const agent = new Agent({ keepAlive: true })

const programs: Record<string, () => Promise<unknown>> = {
  'node:http, three writes': () => bare(),
  'cxi-relay': () => client.createImport({ fileName: 'part.csv', bytes: part, timeoutMs: 60_000 }),
}
const times = new Map<string, { wallMs: number; cpuMs: number }[]>()
for (let round = 0; round < ROUNDS; round++) {
  for (const [name, upload] of Object.entries(programs)) {
    const cpu = process.cpuUsage()
    const began = performance.now()
    await upload()
    const wallMs = performance.now() - began
    const { user, system } = process.cpuUsage(cpu)
    if (round >= WARM) times.set(name, [...(times.get(name) ?? []), { wallMs, cpuMs: (user + system) / 1000 }])
  }
}
const figures = [...times].map(([program, all]) => ({
  program,
  wallMs: median(all.map(({ wallMs }) => wallMs)),
  cpuMs: median(all.map(({ cpuMs }) => cpuMs)),
}))
const [peer, own] = figures as [(typeof figures)[0], (typeof figures)[0]]
report(
  figures.flatMap(({ program, wallMs, cpuMs }) => {
    const isOwn = program === own.program
    const figure = { program, ratio: null }
    return [
      {
        ...figure,
        case: 'A7 upload of 10 MB',
        value: wallMs,
        unit: 'ms',
        ratio: isOwn ? wallMs / peer.wallMs : null,
        target: isOwn ? TARGET : null,
      },
      { ...figure, case: 'A7 its CPU time', value: cpuMs, unit: 'ms', target: isOwn ? MOST_CPU_MS : null },
    ]
  }),
)
agent.destroy()
await dispatcher.destroy()
sink.close()

function bare(): Promise<void> {
  const head = Buffer.from('--b\r\nContent-Disposition: form-data; name="file"; filename="part.csv"\r\n\r\n')
  const tail = Buffer.from('\r\n--b--\r\n')
  const headers = {
    'content-type': 'multipart/form-data; boundary=b',
    'content-length': head.length + part.length + tail.length,
    authorization: 'Bearer bench',
  }
  return new Promise((resolve, reject) => {
    const sent = request(`${sink.url}/v1/imports`, { method: 'POST', headers, agent }, (response) => {
      response.resume().on('end', resolve)
    })
    sent.on('error', reject)
    sent.write(head)
    sent.write(part)
    sent.end(tail)
  })
}
