import { chmod, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openDatabase } from '../../../../shared/stores/sqlite/database.ts'
import { positionOfDefect } from '../../../../shared/stores/sqlite/json-position.ts'
import { LocalSecretStore } from '../../../../shared/stores/sqlite/secrets.ts'

let folder: string
let file: string
let db: DatabaseSync
let warnings: string[]

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'relay-secrets-'))
  file = join(folder, 'secrets.json')
  db = openDatabase(join(folder, 'relay.db'))
  warnings = []
})

afterEach(async () => {
  db.close()
  await rm(folder, { recursive: true })
})

const storeWith = (env: Record<string, string> = {}) =>
  new LocalSecretStore({ file, env, db, warn: (message) => warnings.push(message) })
const write = (text: string) => writeFile(file, text, { mode: 0o600 })

test('takes the environment variable before the file', async () => {
  await write('{"cxi-relay/main":{"from":"file"},"cxi-relay/other.1":{"from":"file"}}')
  const store = storeWith({
    CXI_RELAY_SECRET_CXI_RELAY_MAIN: '{"from":"env"}',
    CXI_RELAY_SECRET_CXI_RELAY_OTHER_1: ' ',
  })

  expect((await store.read('cxi-relay/main'))?.value).toEqual({ from: 'env' })
  expect((await store.read('cxi-relay/other.1'))?.value).toEqual({ from: 'file' })
})

test('does without a file', async () => {
  expect(await storeWith().read('cxi-relay/main')).toBeUndefined()
})

test('reads the file again when it changed', async () => {
  await write('{"a":{"n":1}}')
  const store = storeWith()
  await store.read('a')

  await write('{"a":{"n":2}}')

  expect((await store.read('a'))?.value).toEqual({ n: 2 })
})

test('sees a change, when asked freshly, whose time was set back', async () => {
  await write('{"a":{"n":1}}')
  const store = storeWith()
  const first = await store.read('a')
  await write('{"a":{"n":2}}')
  await utimes(file, 1, 1)

  expect((await store.read('a', { fresh: true }))?.value).toEqual({ n: 2 })
  expect((await store.read('a'))?.version).not.toBe(first?.version)
})

test('says which variable or file is wrong and where, but nothing of its content', async () => {
  await write('{\n  "a": {"secret": "sesame-7" "x"}\n}')
  const store = storeWith({ CXI_RELAY_SECRET_B: '{"secret":sesame-7}', CXI_RELAY_SECRET_C: '"sesame-7"' })

  const messages = await Promise.all(
    ['a', 'b', 'c'].map((name) => store.read(name).then(String, (error: Error) => `${error} ${error.cause ?? ''}`)),
  )

  expect(messages[0]).toContain(`${file} is not JSON (at line 2, column 30)`)
  expect(messages[1]).toContain('variable CXI_RELAY_SECRET_B is not JSON (at line 1, column 11)')
  expect(messages[2]).toContain('variable CXI_RELAY_SECRET_C is not a JSON object')
  expect(messages.join()).not.toContain('sesame')
})

test('recovers when a broken file is mended', async () => {
  await write('{')
  const store = storeWith()
  await expect(store.read('a')).rejects.toMatchObject({ code: 'secret_invalid', retryable: true })

  await write('\uFEFF{"a":{"n":1}}')

  expect((await store.read('a'))?.value).toEqual({ n: 1 })
})

test.skipIf(process.platform === 'win32')('warns once while other users may read the file', async () => {
  await write('{"a":{"n":1}}')
  const store = storeWith()
  await store.read('a')
  expect(warnings).toEqual([])

  await chmod(file, 0o644)
  await store.read('a')
  await store.read('a')
  await store.read('a', { fresh: true })

  expect(warnings).toEqual([expect.stringContaining(`chmod 600 ${file}`)])
})

test('gives one version of a secret to every process', async () => {
  await write('{"a":{"n":1}}')

  expect((await storeWith().read('a'))?.version).toBe((await storeWith().read('a'))?.version)
})

test('makes a key once, another for each name', () => {
  const key = storeWith().ownKey('privacy')

  expect(key).toHaveLength(32)
  expect(storeWith().ownKey('privacy')).toEqual(key)
  expect(storeWith().ownKey('other')).not.toEqual(key)
})

describe('the position of a defect', () => {
  test.each([
    ['', 1, 1],
    ['{', 1, 2],
    ['{"a":1', 1, 7],
    ['{"a":1}}', 1, 8],
    ['{"a":1,}', 1, 8],
    ['[1,]', 1, 4],
    ['[,1]', 1, 2],
    ['{,}', 1, 2],
    ['{a:1}', 1, 2],
    ['{"a" 1}', 1, 6],
    ['{"a":}', 1, 6],
    ['{"a":1\n "b":2}', 2, 2],
    ['{"a":"x\ny"}', 1, 6],
    ['{"a":"\\q"}', 1, 6],
    ['[01]', 1, 3],
    ["{'a':1}", 1, 2],
    ['{"a":[1,{"b":[]},{}],"c":tru}', 1, 26],
    ['{"a":1]', 1, 7],
    ['{} {}', 1, 4],
  ])('of %j is line %i, column %i', (text, line, column) => {
    expect(() => JSON.parse(text)).toThrow()
    expect(positionOfDefect(text)).toBe(`line ${line}, column ${column}`)
  })
})
