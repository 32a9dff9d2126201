import { MemoryLedger } from '../../../shared/stores/memory/ledger.ts'
import { MemoryObjectStore } from '../../../shared/stores/memory/objects.ts'
import { MemoryResponseBuffer } from '../../../shared/stores/memory/responses.ts'
import { MemorySecretStore } from '../../../shared/stores/memory/secrets.ts'
import { ManualClock } from '../../support/fakes.ts'
import { describeLedger } from '../../support/port-suites/ledger.ts'
import { describeObjects } from '../../support/port-suites/objects.ts'
import { describeResponses } from '../../support/port-suites/responses.ts'
import { describeSecrets } from '../../support/port-suites/secrets.ts'

describeLedger('MemoryLedger', async () => {
  const clock = new ManualClock()
  return { ledger: new MemoryLedger(clock), clock, close: async () => {} }
})

describeObjects('MemoryObjectStore', async () => {
  const objects = new MemoryObjectStore(new ManualClock())
  return {
    objects,
    drop: async (key, bytes, metadata) => objects.putDrop(key, bytes, metadata),
    lose: async (drop) => objects.removeDrop(drop),
    endOf: async (drop) => objects.endOf(drop),
    close: async () => {},
  }
})

describeSecrets('MemorySecretStore', async () => {
  const secrets = new MemorySecretStore()
  return {
    secrets,
    put: async (name, text) => secrets.set(name, text === undefined ? undefined : JSON.parse(text)),
    close: async () => {},
  }
})

describeResponses('MemoryResponseBuffer', async () => {
  const clock = new ManualClock()
  return { buffer: new MemoryResponseBuffer(clock), clock, close: async () => {} }
})
