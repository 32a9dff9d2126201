import { expect, it } from 'vitest'
import { cut } from '../../../shared/feedback/cut.ts'
import { BARE, ENTRY_WORDS } from '../../../shared/feedback/row-digests.ts'

/** The digest of each row that is cut from a text, by its row. */
async function digestsOf(text: string, key = 1, chunkBytes = 1000): Promise<Map<number, string>> {
  const digests = new Map<number, string>()
  const bytes = Buffer.from(text)
  const chunks = Array.from({ length: Math.ceil(bytes.length / chunkBytes) }, (_, at) =>
    bytes.subarray(at * chunkBytes, (at + 1) * chunkBytes),
  )
  const nothing = async () => undefined
  const noteRows = async (entries: Uint32Array) => {
    for (let at = 0; at < entries.length; at += ENTRY_WORDS) {
      digests.set(entries[at + 3] as number, `${entries[at]}.${entries[at + 1]}`)
    }
  }
  async function* source() {
    yield* chunks
  }
  const input = { source: source(), options: {}, maxPartBytes: 300, rowKey: Buffer.alloc(32, key) }
  await cut(input, { writePart: nothing, writeSetAside: nothing, noteRows })
  return digests
}

const head = 'feedback_date,score,feedback,city\n'
const row = '1790000000,9,good,Oslo\n'

it.each([
  ['quotes that it need not have', `${head}"1790000000","9","good","Oslo"\n`],
  ['one such quote at its end', `${head}1790000000,9,good,"Oslo"\n`],
  ['another line end', `${head}1790000000,9,good,Oslo\r\n`],
  ['another delimiter', `${head.replaceAll(',', ';')}1790000000;9;"good";Oslo\n`],
  ['its date written otherwise', `${head}2026-09-21T14:13:20Z,9,good,Oslo\n`],
  ['a column of our own', `${head.trimEnd()},relay_row\n1790000000,9,good,Oslo,17\n`],
])('knows a row again by its values: with %s', async (_, text) => {
  expect(await digestsOf(text)).toEqual(await digestsOf(head + row))
})

it('knows a row with needed quotes beside one that a spreadsheet saved', async () => {
  const tool = `${head}"1790000000","9","so ""so"", really\nyes","Oslo"\n`
  const saved = `${head}1790000000,9,"so ""so"", really\nyes",Oslo\n`

  expect(await digestsOf(tool)).toEqual(await digestsOf(saved))
})

it.each([
  ['one character', '1790000000,9,gooe,Oslo\n'],
  ['its last character', '1790000000,9,good,Oslp\n'],
  ['a value in another column', '1790000000,9,,goodOslo\n'],
  ['a comma that is text', '1790000000,9,"good,Oslo",\n'],
  ['two values swapped', '1790000000,9,Oslo,good\n'],
  ['its score', '1790000000,8,good,Oslo\n'],
])('tells rows apart that differ in %s', async (_, other) => {
  const digests = await digestsOf(head + row + other)

  expect(new Set(digests.values()).size).toBe(2)
})

it('gives 20,000 rows that differ little 20,000 digests, which another key changes', async () => {
  const text = head + Array.from({ length: 20_000 }, (_, at) => `${1_790_000_000 + at},${at % 11},,\n`).join('')

  const [one, other] = [await digestsOf(text), await digestsOf(text, 2)]

  expect(new Set(one.values()).size).toBe(20_000)
  const others = new Set(other.values())
  expect([...one.values()].filter((digest) => others.has(digest))).toEqual([])
})

it('does not depend on how the file came in chunks', async () => {
  const text = head + Array.from({ length: 200 }, (_, at) => `1790000000,9,"a ""${at}""",b\n`).join('')

  expect(await digestsOf(text, 1, 7)).toEqual(await digestsOf(text))
})

it('marks rows without comment, respondent and id', async () => {
  const digests = await digestsOf(`${head}1790000000,9,,Oslo\n1790000000,9,"",Rome\n1790000000,9,x,Oslo\n`)

  expect([...digests.values()].map((digest) => Number(digest.split('.')[1]) & BARE)).toEqual([1, 1, 0])
})
