import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { SecretStore } from '../../../shared/ports.ts'

export interface SecretsUnderTest {
  secrets: SecretStore
  /** Stores this text under a name, as a person would; undefined removes it. */
  put: (name: string, text: string | undefined) => Promise<void>
  /** The same store as another process would open it. */
  peer?: SecretStore
  close: () => Promise<void>
}

/** What every secret store keeps to; names are new for each test. */
export function describeSecrets(name: string, make: () => Promise<SecretsUnderTest>): void {
  describe(`${name} as a secret store`, () => {
    let store: SecretsUnderTest
    let secrets: SecretStore

    beforeAll(async () => {
      store = await make()
      secrets = store.secrets
    })

    afterAll(async () => {
      await store?.close()
    })

    const newName = () => `suite/${randomUUID()}`

    test('reads the object stored under a name', async () => {
      const name = newName()
      await store.put(name, '{"secret":"grün","list":["a"]}')

      const read = await secrets.read(name)

      expect(read?.value).toEqual({ secret: 'grün', list: ['a'] })
      expect(read?.version).toMatch(/./)
    })

    test('says that there is no such secret', async () => {
      expect(await secrets.read(newName())).toBeUndefined()
      expect(await secrets.readToken(newName())).toBeUndefined()
    })

    test.each(['constructor', '__proto__', 'toString'])('has no secret named %s by itself', async (name) => {
      expect(await secrets.read(name)).toBeUndefined()
    })

    test('gives another version when the secret changes, and the same while it does not', async () => {
      const name = newName()
      await store.put(name, '{"secret":"old"}')
      const first = await secrets.read(name)
      const again = await secrets.read(name, { fresh: true })
      await store.put(name, '{"secret":"new"}')

      const changed = await secrets.read(name, { fresh: true })

      expect(again).toEqual(first)
      expect(changed?.value).toEqual({ secret: 'new' })
      expect(changed?.version).not.toBe(first?.version)
    })

    test('sees at once, when asked freshly, that a secret was removed', async () => {
      const name = newName()
      await store.put(name, '{"secret":"x"}')
      await secrets.read(name)
      await store.put(name, undefined)

      expect(await secrets.read(name, { fresh: true })).toBeUndefined()
    })

    test.each(['["sesame-7"]', '"sesame-7"', '7', 'null'])('refuses %s, which is no object', async (text) => {
      const name = newName()
      await store.put(name, text)

      const error: unknown = await secrets.read(name, { fresh: true }).catch((thrown: unknown) => thrown)

      expect(error).toMatchObject({ code: 'secret_invalid' })
      expect(String(error)).toContain(name)
      expect(String(error)).not.toContain('sesame-7')
      await store.put(name, undefined)
    })

    test('does not share values with its callers', async () => {
      const name = newName()
      await store.put(name, '{"secret":"x"}')
      const read = await secrets.read(name)
      if (read) read.value.secret = 'changed'

      expect((await secrets.read(name))?.value).toEqual({ secret: 'x' })
    })

    test('keeps a token for every process', async () => {
      const name = newName()
      const version = await secrets.writeToken(name, { access_token: 'one' })

      const read = await (store.peer ?? secrets).readToken(name)

      expect(read).toEqual({ value: { access_token: 'one' }, version })
      expect(await secrets.readToken(name, version)).toEqual(read)
    })

    test('gives a new version with each token written, even an equal one', async () => {
      const name = newName()
      const first = await secrets.writeToken(name, { access_token: 'one' })
      const second = await secrets.writeToken(name, { access_token: 'one' })

      expect(second).not.toBe(first)
      expect(await secrets.readToken(name)).toEqual({ value: { access_token: 'one' }, version: second })
    })

    test('never gives another token than the version asked for', async () => {
      const name = newName()
      const old = await secrets.writeToken(name, { access_token: 'old' })
      await secrets.writeToken(name, { access_token: 'new' })

      const read = await secrets.readToken(name, old)

      expect([undefined, 'old']).toContain(read?.value.access_token)
      expect(await secrets.readToken(name, randomUUID())).toBeUndefined()
    })

    test('does not mistake a token for a secret of the same name', async () => {
      const name = newName()
      await store.put(name, '{"secret":"x"}')

      await secrets.writeToken(`${name}/token`, { access_token: 'one' })

      expect((await secrets.read(name, { fresh: true }))?.value).toEqual({ secret: 'x' })
    })
  })
}
