import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { isLocked, lockFolder } from '../../../../shared/stores/sqlite/lock.ts'

const LOCK_MODULE = new URL('../../../../shared/stores/sqlite/lock.ts', import.meta.url).href

let folder: string
const children: ChildProcess[] = []

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'relay-lock-'))
})

afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  await rm(folder, { recursive: true })
})

/** Another process that holds the folder until it is killed. */
async function holder(): Promise<ChildProcess> {
  const script = `import { lockFolder } from ${JSON.stringify(LOCK_MODULE)}
    lockFolder(process.argv[1])
    process.stdout.write('locked')
    setInterval(() => {}, 60_000)`
  const options = ['--disable-warning=ExperimentalWarning', '--input-type=module', '--eval', script, folder]
  const child = spawn(process.execPath, options, { stdio: ['ignore', 'pipe', 'inherit'] })
  children.push(child)
  await once(child.stdout as NodeJS.EventEmitter, 'data')
  return child
}

test('is free until it is locked, and free again when released', () => {
  expect(isLocked(folder)).toBe(false)

  const lock = lockFolder(folder)
  expect(isLocked(folder)).toBe(true)
  lock.release()
  lock.release()

  expect(isLocked(folder)).toBe(false)
  lockFolder(folder).release()
})

test('asking leaves nothing behind in a folder that was never locked', async () => {
  expect(isLocked(folder)).toBe(false)
  expect(await readdir(folder)).toEqual([])
})

test('makes a folder that is missing', () => {
  const lock = lockFolder(join(folder, 'new', 'data'))

  expect(isLocked(join(folder, 'new', 'data'))).toBe(true)
  lock.release()
})

test('refuses a second lock in the same process', () => {
  const lock = lockFolder(folder)

  expect(() => lockFolder(folder)).toThrow(expect.objectContaining({ code: 'folder_locked', retryable: false }))
  expect(isLocked(folder)).toBe(true)
  lock.release()
})

test('names the folder and the process that holds it', async () => {
  const child = await holder()

  expect(isLocked(folder)).toBe(true)
  expect(() => lockFolder(folder)).toThrow(`Process ${child.pid} already works on the data folder ${folder}`)
})

test('is free at once when its holder is killed', async () => {
  const child = await holder()
  child.kill('SIGKILL')
  await once(child, 'exit')

  expect(isLocked(folder)).toBe(false)
  const lock = lockFolder(folder)
  expect(isLocked(folder)).toBe(true)
  lock.release()
})
