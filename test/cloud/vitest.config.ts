import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** The doors take longest, so they begin first. */
class DoorsFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => (moduleId.endsWith('doors.test.ts') ? 0 : 1)
    return [...files].sort((a, b) => rank(a) - rank(b))
  }
}

export default defineConfig({
  test: {
    include: ['test/cloud/**/*.test.ts'],
    globalSetup: './test/cloud/global-setup.ts',
    reporters: ['default', './test/support/closing-line.ts'],
    // One emulator and one stack for all: the doors, and one file beside them.
    maxWorkers: 2,
    sequence: { sequencer: DoorsFirst },
    testTimeout: 90_000,
    hookTimeout: 120_000,
  },
})
