// npm run test:cloud: the stack on a local emulator of AWS, driven through AWS's own clients.
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { findOpenSsl, findPython } from './ministack.ts'

const VITEST = join(import.meta.dirname, '../../node_modules/vitest/vitest.mjs')
const CONFIG = join(import.meta.dirname, 'vitest.config.ts')

if ((await findPython()) && (await findOpenSsl())) {
  const vitest = spawn(process.execPath, [VITEST, 'run', '--config', CONFIG, ...process.argv.slice(2)], {
    stdio: 'inherit',
  })
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => vitest.kill(name))
  vitest.once('exit', (code) => {
    process.exitCode = code ?? 1
  })
} else {
  console.log(
    'The cloud tests need Python 3.10 or newer with its venv module, and openssl, for the emulator of AWS; install what is missing.',
  )
  if (process.env.CI) console.log('On a machine of continuous integration this is a failure.')
  console.log(process.env.CI ? '\n0 passed, 1 failed, 0 skipped' : '\n0 passed, 0 failed, 1 skipped')
  process.exitCode = process.env.CI ? 1 : 0
}
