import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/cloud/**', 'test/browser/**'],
    reporters: ['default', './test/support/closing-line.ts'],
    execArgv: ['--disable-warning=ExperimentalWarning'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Most of what takes long waits for a process or a timer, not for a core.
    maxWorkers: 4,
  },
})
