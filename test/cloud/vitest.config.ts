import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** By name: the drop door's own file begins with a stack that has no credentials yet. */
class ByName extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return [...files].sort((a, b) => (a.moduleId < b.moduleId ? -1 : 1))
  }
}

export default defineConfig({
  test: {
    include: ['test/cloud/**/*.test.ts'],
    globalSetup: './test/cloud/global-setup.ts',
    reporters: ['default', './test/support/closing-line.ts'],
    // One emulator and one stack for all: files one after another.
    fileParallelism: false,
    sequence: { sequencer: ByName },
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
})
