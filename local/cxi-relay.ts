#!/usr/bin/env node
import { enableCompileCache } from 'node:module'

// Reading its own code takes half of a short command's time.
enableCompileCache()
const { runCommand } = await import('./command-line.ts')
await runCommand(process.argv.slice(2))
