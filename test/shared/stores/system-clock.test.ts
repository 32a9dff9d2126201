import { expect, test } from 'vitest'
import { systemClock } from '../../../shared/stores/system-clock.ts'

test('tells the time of the machine', () => {
  expect(Math.abs(systemClock.now() - Date.now())).toBeLessThan(1_000)
})

test('sleeps at least as long as told', async () => {
  const start = performance.now()

  await systemClock.sleep(20)

  expect(performance.now() - start).toBeGreaterThanOrEqual(19)
})

test('rejects with the reason of its signal, before and while it sleeps', async () => {
  const reason = new Error('stopped')
  const controller = new AbortController()
  const sleeping = systemClock.sleep(60_000, controller.signal)
  controller.abort(reason)

  await expect(sleeping).rejects.toBe(reason)
  await expect(systemClock.sleep(60_000, controller.signal)).rejects.toBe(reason)
})

test('does not wake at once from a sleep longer than a timer can be', async () => {
  const controller = new AbortController()
  let isAwake = false
  const sleeping = systemClock.sleep(2 ** 40, controller.signal).then(
    () => {
      isAwake = true
    },
    () => {},
  )

  await systemClock.sleep(10)

  expect(isAwake).toBe(false)
  controller.abort()
  await sleeping
})
