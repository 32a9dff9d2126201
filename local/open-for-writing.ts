import { readdir, readFile, readlink, stat } from 'node:fs/promises'
import { basename } from 'node:path'

/** The access mode in `flags:` of /proc/<pid>/fdinfo, octal; 0 is read only. */
const ACCESS_MODE = 0o3

export const inodeOf = ({ dev, ino }: { dev: number; ino: number }): string => `${dev}:${ino}`

/**
 * Which files (as `inodeOf`) some process of this user has open for writing, among those of these names. None where the
 * system has no /proc (it is Linux's); processes that may not be looked at are passed over.
 */
export async function openForWriting(names: ReadonlySet<string>): Promise<Set<string>> {
  const pids = (await entriesOf('/proc')).filter((name) => /^\d+$/.test(name))
  const found = await Promise.all(pids.map((pid) => openIn(`/proc/${pid}`, names)))
  return new Set(found.flat())
}

async function openIn(process: string, names: ReadonlySet<string>): Promise<string[]> {
  const found: string[] = []
  for (const descriptor of await entriesOf(`${process}/fd`)) {
    try {
      const path = `${process}/fd/${descriptor}`
      if (!names.has(basename(await readlink(path)))) continue
      const info = await readFile(`${process}/fdinfo/${descriptor}`, 'utf8')
      const flags = Number.parseInt(/^flags:\s*([0-7]+)/m.exec(info)?.[1] ?? '0', 8)
      if ((flags & ACCESS_MODE) !== 0) found.push(inodeOf(await stat(path)))
    } catch {
      // Closed meanwhile.
    }
  }
  return found
}

const entriesOf = (folder: string): Promise<string[]> => readdir(folder).catch(() => [])
