import { it } from 'vitest'
import { STATEMENTS } from './statements.ts'

/** A test of one statement about the API, titled with its id and its words. */
export function statement(id: string, test: () => void | Promise<void>): void {
  const found = STATEMENTS.find((one) => one.id === id)
  if (!found) throw new Error(`There is no statement ${id}.`)
  it(`${id} ${found.words}`, test)
}
