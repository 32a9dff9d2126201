import { basename } from 'node:path'
import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** What takes longest begins first. */
const LONG = ['webhooks', 'drop-door', 'relay-commands', 'exports']

class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const at = LONG.indexOf(basename(moduleId, '.test.ts'))
      return at === -1 ? LONG.length : at
    }
    return [...files].sort((a, b) => rank(a) - rank(b))
  }
}

export default defineConfig({
  test: {
    include: ['test/cloud/**/*.test.ts'],
    globalSetup: './test/cloud/global-setup.ts',
    reporters: ['default', './test/support/closing-line.ts'],
    // One emulator and one stack for all: the doors and the commands, each with an account of its own.
    maxWorkers: 3,
    // Each process loads AWS's clients once.
    isolate: false,
    sequence: { sequencer: LongFirst },
    testTimeout: 240_000,
    hookTimeout: 240_000,
    expect: { poll: { timeout: 120_000, interval: 200 } },
  },
})
