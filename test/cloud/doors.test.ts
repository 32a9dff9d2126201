import { describe } from 'vitest'

// One after another, since they move the clock of one CXI; what has a table or a CXI of its own runs beside them.
describe('the drop door', async () => {
  await import('./drop-door.ts')
})
describe('the exports', async () => {
  await import('./exports.ts')
})
describe('the commands', async () => {
  await import('./relay-commands.ts')
})
describe('the webhook door', async () => {
  await import('./webhooks.ts')
})
