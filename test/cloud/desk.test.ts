import { describe } from 'vitest'

// What uses the account `desk`. Others kill what sends meanwhile, so each wait here lets the sweep come round.
describe('the commands', async () => {
  await import('./relay-commands.ts')
})
