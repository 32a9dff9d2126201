import { readdir, readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { STATEMENTS } from './statements.ts'

const here = new URL('.', import.meta.url)

/** The test files by the statements that they name. */
async function testsById(): Promise<Map<string, string>> {
  const tests = new Map<string, string>()
  for (const name of await readdir(here)) {
    if (!name.endsWith('.test.ts')) continue
    const text = await readFile(new URL(name, here), 'utf8')
    for (const [, id = ''] of text.matchAll(/'(CX[ID]-\d+)'/g)) tests.set(id, name)
  }
  return tests
}

it('every statement has a test, or a word why it needs none', async () => {
  const tests = await testsById()

  const missing = STATEMENTS.filter(({ id, explains }) => (explains === null) !== tests.has(id)).map(({ id }) => id)

  expect(missing).toEqual([])
  expect([...tests.keys()].filter((id) => !STATEMENTS.some((one) => one.id === id))).toEqual([])
  expect(STATEMENTS).toHaveLength(278 + 13)
})

it('docs/contract.md lists them', async () => {
  const tests = await testsById()
  const rows = STATEMENTS.map(({ id, words, client, explains }) => {
    const test = tests.get(id)
    const link = test === undefined ? (explains ?? '') : `[${test.replace('.test.ts', '')}](../test/contract/${test})`
    return `| ${id} | ${words} | ${client === '' ? '–' : client} | ${test === undefined ? '–' : 'yes'} | ${link} |`
  })
  const table = [
    '# What the client and the sandbox keep of the CXI API',
    '',
    'Every statement of the API’s documentation (CXI) and of what the same vendor documents elsewhere (CXD). `client` names the part of the client',
    'that it concerns. Each test bears the id of its statement: `npx vitest run test/contract -t CXI-013` runs one.',
    '',
    'Written by `npx vitest run test/contract/table.test.ts -u`, and compared by the same test.',
    '',
    '| id | statement | client | sandbox | test |',
    '|---|---|---|---|---|',
    ...rows,
    '',
  ].join('\n')

  await expect(table).toMatchFileSnapshot('../../docs/contract.md')
})
