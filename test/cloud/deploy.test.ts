import { expect, inject, test } from 'vitest'
import { Deployment } from './deployment.ts'

test('a redeploy without a change changes nothing', async () => {
  const deployment = new Deployment(inject('endpoint'), inject('folder'))

  expect(await deployment.deploy()).toContain('(no changes)')
})
