#!/usr/bin/env node
import { enableCompileCache } from 'node:module'

// Reading its own code takes half of a short command's time.
enableCompileCache()
await import('./command-line.ts')
