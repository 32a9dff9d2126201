import { expect, inject, test } from 'vitest'
import { Deployment } from './deployment.ts'

test('a redeploy without a change changes nothing', async () => {
  const { outputs, said } = await new Deployment(inject('folder')).deploy(inject('endpoint'))

  expect(said).toContain('(no changes)')
  expect(outputs).toEqual(inject('outputs'))
})
