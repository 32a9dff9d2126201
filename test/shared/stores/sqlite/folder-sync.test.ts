import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { syncFolder } from '../../../../shared/stores/sqlite/folder-sync.ts'

let folder = ''

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'relay-sync-'))
})

afterAll(() => rm(folder, { recursive: true }))

it('whoever asks while a folder is synced shares the next sync, which begins after that', async () => {
  const ended: string[] = []
  const asked = (name: string) => syncFolder(folder).then(() => ended.push(name))

  const first = syncFolder(folder)
  const second = syncFolder(folder)
  const third = syncFolder(folder)
  const all = [first.then(() => ended.push('first')), second.then(() => ended.push('second')), third]
  const other = asked('other')
  await Promise.all([...all, other])
  const later = syncFolder(folder)
  await later

  expect(second).toBe(third)
  expect(second).not.toBe(first)
  expect(later).not.toBe(second)
  expect(ended).toEqual(['first', 'second', 'other'])
})

it('a folder that went away has nothing to keep, and is synced when it is there again', async () => {
  const gone = join(folder, 'gone')

  await expect(Promise.all([syncFolder(gone), syncFolder(gone)])).resolves.toEqual([undefined, undefined])
  await expect(syncFolder(folder)).resolves.toBeUndefined()
})
