import { describe } from 'vitest'

// What uses the account `shop`, one after another, since they move the clock of its CXI.
describe('the webhook door', async () => {
  await import('./webhooks.ts')
})
describe('the exports', async () => {
  await import('./exports.ts')
})
