import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { cut } from '../../../shared/feedback/cut.ts'
import { chunks, cutText } from './cut-text.ts'

const lines = (count: number) =>
  Array.from({ length: count }, (_, n) => `17908${String(n).padStart(5, '0')},"text ${n}, quoted"\n`).join('')

describe('parts', () => {
  it('are below the limit, repeat the header, and hold every row once, in order', async () => {
    const result = await cutText(`feedback_date,feedback\n${lines(500)}`, {}, { maxPartBytes: 1000 })

    expect(result.parts.length).toBeGreaterThan(10)
    for (const [at, text] of result.texts.entries()) {
      expect(Buffer.byteLength(text)).toBeLessThan(1000)
      expect(text.startsWith('feedback_date,feedback\n')).toBe(true)
      expect(result.parts[at]).toMatchObject({ part: at + 1, bytes: Buffer.byteLength(text) })
    }
    expect(result.rows.map(([, text]) => text)).toEqual(Array.from({ length: 500 }, (_, n) => `text ${n}, quoted`))
  })

  it('say which spreadsheet rows they hold', async () => {
    const text = `feedback_date,a\n1790812800,1\n\n1790812800,2\nx,3\n1790812800,4\n1790812800,5\n`

    const result = await cutText(text, {}, { maxPartBytes: 16 + 2 * 13 + 1 })

    expect(result.parts).toEqual([
      { part: 1, rows: 2, bytes: 42, firstRow: 2, lastRow: 4 },
      { part: 2, rows: 2, bytes: 42, firstRow: 6, lastRow: 7 },
    ])
  })

  it('never reach the limit itself', async () => {
    const text = `feedback_date,a\n1790812800,1\n1790812800,2\n`

    const exact = await cutText(text, {}, { maxPartBytes: 42 })
    const below = await cutText(text, {}, { maxPartBytes: 43 })

    expect(exact.parts).toHaveLength(2)
    expect(below.parts).toHaveLength(1)
  })

  it('set a row aside, with its cells, that fits into none', async () => {
    const text = `feedback_date,a\n1790812800,${'x'.repeat(100)}\n1790812800,2\n`

    const result = await cutText(text, {}, { maxPartBytes: 60 })

    expect(result.rows).toEqual([['1790812800', '2']])
    expect(result.asideRows).toMatchObject([{ a: 'x'.repeat(100), relay_code: 'row_too_large' }])
  })

  it('set a row aside that would reach the limit together with the header', async () => {
    const text = `feedback_date,a\n1790812800,123\n`

    const reached = await cutText(text, {}, { maxPartBytes: 16 + 15 })
    const below = await cutText(text, {}, { maxPartBytes: 16 + 16 })

    expect([reached.parts.length, below.parts.length]).toEqual([0, 1])
    expect(reached.problems).toMatchObject([{ code: 'row_too_large' }])
  })

  it('cut at ten million bytes unless told otherwise', async () => {
    const row = `1790812800,"${'x'.repeat(986)}"\n`

    const result = await cutText(`feedback_date,a\n${row.repeat(10_001)}`)

    expect(result.parts.map(({ rows }) => rows)).toEqual([9999, 2])
    expect(result.texts[0]?.length).toBeLessThan(10_000_000)
  })

  it('are the same whatever the chunks', async () => {
    const text = `\ufeffWann;Text;score\r\n${'2026-10-01 10:00;"ä, € 😀";9.0\r\nx;"a\r\n""b""";1\r\n'.repeat(50)}`
    const options = { columns: { feedback_date: 'Wann' } }
    const whole = await cutText(text, options, { maxPartBytes: 500 })

    for (const chunkBytes of [1, 2, 3, 7, 64]) {
      expect(await cutText(text, options, { maxPartBytes: 500, chunkBytes })).toEqual(whole)
    }
  })

  it('hold long rows whole', async () => {
    const long = (letter: string) => `1790812800,"${`${letter}\n`.repeat(60_000)}"\n`
    const text = `feedback_date,feedback\n${lines(3000)}${long('a')}${lines(10)}${long('b')}${lines(10)}`

    for (const chunkBytes of [1000, 1 << 16, 1 << 20]) {
      const result = await cutText(text, {}, { chunkBytes })

      expect(result.texts.join('') === text).toBe(true)
    }
  })

  it('are cut from a source that uses its memory again', async () => {
    const text = `feedback_date,feedback\n${lines(9000)}`
    const bytes = Buffer.from(text)
    async function* source() {
      const memory = Buffer.alloc(1000)
      for (let at = 0; at < bytes.length; at += 1000) yield memory.subarray(0, bytes.copy(memory, 0, at, at + 1000))
    }
    let sent = ''

    await cut(
      { source: source(), options: {} },
      {
        async writePart(_, part) {
          sent += Buffer.from(part).toString()
        },
        writeSetAside: async () => {},
      },
    )

    expect(sent).toBe(text)
  })

  it('stay as they were when the next is being filled', async () => {
    const kept: Uint8Array[] = []

    const { parts } = await cut(
      { source: chunks(Buffer.from(`feedback_date,feedback\n${lines(100)}`), 10), options: {}, maxPartBytes: 300 },
      { writePart: async (_, bytes) => void kept.push(bytes), writeSetAside: async () => {} },
    )

    const rows = kept.flatMap((bytes) => Buffer.from(bytes).toString().trimEnd().split('\n').slice(1))
    expect(kept).toHaveLength(parts.length)
    expect(rows.join('\n')).toBe(lines(100).trimEnd())
  })

  it('may share their memory where the sink keeps none of it', async () => {
    const memory = new Set<ArrayBufferLike>()
    let text = ''

    await cut(
      {
        source: chunks(Buffer.from(`feedback_date,feedback\n${lines(500)}`), 99),
        options: {},
        maxPartBytes: 900,
        reuseParts: true,
      },
      {
        async writePart(_, bytes) {
          await new Promise((resolve) => setImmediate(resolve))
          memory.add(bytes.buffer)
          text += Buffer.from(bytes).toString().replace('feedback_date,feedback\n', '')
        },
        writeSetAside: async () => {},
      },
    )

    expect(text).toBe(lines(500))
    expect(memory.size).toBeLessThanOrEqual(3)
  })

  it('are written one at a time', async () => {
    let open = 0
    let most = 0

    await cut(
      { source: chunks(Buffer.from(`feedback_date,feedback\n${lines(100)}`), 10), options: {}, maxPartBytes: 300 },
      {
        async writePart() {
          most = Math.max(most, ++open)
          await new Promise((resolve) => setImmediate(resolve))
          open -= 1
        },
        writeSetAside: async () => {},
      },
    )

    expect(most).toBe(1)
    expect(open).toBe(0)
  })

  it('come with the hash and the length of the raw bytes', async () => {
    const bytes = Buffer.from('\ufefffeedback_date;a\r\n1790812800;1\r\n')

    const result = await cutText(bytes, {}, { chunkBytes: 5 })

    expect(result.sha256).toBe(createHash('sha256').update(bytes).digest('hex'))
    expect(result.bytes).toBe(bytes.length)
  })
})

describe('a pass', () => {
  const text = `feedback_date,feedback\n${lines(1000)}`
  const sinks = { writePart: async () => {}, writeSetAside: async () => {} }

  it('passes on what its source throws', async () => {
    async function* source() {
      yield Buffer.from(text)
      throw new Error('disk on fire')
    }

    await expect(cut({ source: source(), options: {} }, sinks)).rejects.toThrow('disk on fire')
  })

  it('passes on what its sinks throw', async () => {
    const broken = { ...sinks, writePart: async () => Promise.reject(new Error('store full')) }

    await expect(
      cut({ source: chunks(Buffer.from(text), 99), options: {}, maxPartBytes: 300 }, broken),
    ).rejects.toThrow('store full')
  })

  it('lets its source go when it fails', async () => {
    let isClosed = false
    async function* source() {
      try {
        for (;;) yield Buffer.from(text)
      } finally {
        isClosed = true
      }
    }
    const broken = { ...sinks, writePart: async () => Promise.reject(new Error('store full')) }

    await expect(cut({ source: source(), options: {}, maxPartBytes: 300 }, broken)).rejects.toThrow('store full')

    expect(isClosed).toBe(true)
  })

  it('ends when the signal is raised, though its source hangs', async () => {
    const controller = new AbortController()
    async function* source() {
      yield Buffer.alloc(70_000, 'feedback_date\n')
      controller.abort(new Error('shut down'))
      await new Promise(() => {})
    }

    await expect(cut({ source: source(), options: {}, signal: controller.signal }, sinks)).rejects.toThrow('shut down')
  })

  it('tells how far it is', async () => {
    const states: { bytesRead: number; rows: number }[] = []
    const large = Buffer.from(text.repeat(1) + lines(90_000))

    await cut({ source: chunks(large, 1 << 16), options: {} }, { ...sinks, progress: (state) => states.push(state) })

    expect(states.length).toBeGreaterThan(2)
    expect(states.at(-1)).toEqual({ bytesRead: large.length, rows: 91_000 })
  })
})
