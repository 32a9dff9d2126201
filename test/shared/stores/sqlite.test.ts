import { access, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { DropEnd } from '../../../shared/ports.ts'
import { openDatabase } from '../../../shared/stores/sqlite/database.ts'
import { FolderStore } from '../../../shared/stores/sqlite/folder-objects.ts'
import { SqliteLedger } from '../../../shared/stores/sqlite/ledger.ts'
import { SqliteResponseBuffer } from '../../../shared/stores/sqlite/responses.ts'
import { LocalSecretStore } from '../../../shared/stores/sqlite/secrets.ts'
import { ManualClock } from '../../support/fakes.ts'
import { describeLedger } from '../../support/port-suites/ledger.ts'
import { describeObjects } from '../../support/port-suites/objects.ts'
import { describeResponses } from '../../support/port-suites/responses.ts'
import { describeSecrets } from '../../support/port-suites/secrets.ts'

const temporaryFolder = () => mkdtemp(join(tmpdir(), 'relay-stores-'))

describeLedger('SqliteLedger', async () => {
  const folder = await temporaryFolder()
  const clock = new ManualClock()
  const databases = [openDatabase(join(folder, 'relay.db')), openDatabase(join(folder, 'relay.db'))] as const
  return {
    ledger: new SqliteLedger(databases[0], clock),
    peer: new SqliteLedger(databases[1], clock),
    clock,
    close: async () => {
      for (const db of databases) db.close()
      await rm(folder, { recursive: true })
    },
  }
})

describeResponses('SqliteResponseBuffer', async () => {
  const folder = await temporaryFolder()
  const clock = new ManualClock()
  const databases = [openDatabase(join(folder, 'relay.db')), openDatabase(join(folder, 'relay.db'))] as const
  return {
    buffer: new SqliteResponseBuffer(databases[0], clock),
    peer: new SqliteResponseBuffer(databases[1], clock),
    clock,
    close: async () => {
      for (const db of databases) db.close()
      await rm(folder, { recursive: true })
    },
  }
})

describeObjects('FolderStore', async () => {
  const folder = await temporaryFolder()
  const db = openDatabase(join(folder, 'relay.db'))
  const objects = new FolderStore(folder, db, new ManualClock())
  return {
    objects,
    drop: async (key, bytes, metadata) => {
      const path = join(folder, key)
      await mkdir(dirname(path), { recursive: true })
      if (metadata) await writeFile(`${path}.meta.json`, JSON.stringify(metadata))
      await writeFile(path, bytes)
      const drop = await objects.takeDrop(key.slice('inbox/'.length))
      if (!drop) throw new Error(`${key} was not taken`)
      return drop
    },
    lose: async (drop) => rm(join(folder, 'work', drop.version), { recursive: true }),
    endOf: async (drop) => {
      const row = db.prepare('SELECT place FROM drop_places WHERE version = ?').get(drop.version)
      if (!row) return undefined
      await access(join(folder, String(row.place)))
      return String(row.place).split('/')[1] as DropEnd
    },
    close: async () => {
      db.close()
      await rm(folder, { recursive: true })
    },
  }
})

describeSecrets('LocalSecretStore', async () => {
  const folder = await temporaryFolder()
  const file = join(folder, 'secrets.json')
  const databases = [openDatabase(join(folder, 'relay.db')), openDatabase(join(folder, 'relay.db'))] as const
  const texts = new Map<string, string>()
  return {
    secrets: new LocalSecretStore({ file, env: {}, db: databases[0] }),
    peer: new LocalSecretStore({ file, env: {}, db: databases[1] }),
    put: async (name, text) => {
      if (text === undefined) texts.delete(name)
      else texts.set(name, text)
      const members = [...texts].map(([key, value]) => `${JSON.stringify(key)}:${value}`)
      await writeFile(file, `{${members.join(',')}}`, { mode: 0o600 })
    },
    close: async () => {
      for (const db of databases) db.close()
      await rm(folder, { recursive: true })
    },
  }
})
