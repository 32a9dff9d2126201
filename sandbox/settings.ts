import type { Database } from './database.ts'

/** A value that is kept under a name; undefined where there is none. */
export function settingOf(db: Database, name: string): string | undefined {
  const value = db.get('SELECT value FROM settings WHERE name = ?', name)?.value
  return value === undefined ? undefined : String(value)
}

export function setSetting(db: Database, name: string, value: string): void {
  db.run('INSERT OR REPLACE INTO settings (name, value) VALUES (?, ?)', name, value)
}
