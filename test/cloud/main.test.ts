import { describe } from 'vitest'

// What uses the account `main`: one after another, since they move the clock of its CXI, and kill what sends.
describe('the drop door', async () => {
  await import('./drop-door.ts')
})
