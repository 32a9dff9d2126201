import { defineConfig } from 'vitest/config'

/** Tests that start the program, or wait for timers, sockets and files more than they compute. */
const END_TO_END = 'test/local/**/*.test.ts'
const ELSEWHERE = ['test/cloud/**', 'test/browser/**']

export default defineConfig({
  test: {
    reporters: ['default', './test/support/closing-line.ts'],
    execArgv: ['--disable-warning=ExperimentalWarning'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    maxWorkers: 4,
    projects: [
      {
        extends: true,
        // Nothing here changes what is global, so files can share a process; that saves half a second for each.
        test: { name: 'unit', include: ['test/**/*.test.ts'], exclude: [...ELSEWHERE, END_TO_END], isolate: false },
      },
      { extends: true, test: { name: 'end-to-end', include: [END_TO_END], isolate: false } },
    ],
  },
})
