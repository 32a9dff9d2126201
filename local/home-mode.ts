import type { Ledger } from '../shared/ports.ts'

/** How the home that works on a data folder was started last, for commands beside it. */
interface HomeMode {
  kind: 'home-mode'
  /** Origin of its sandbox; null where it works with CXI itself. */
  sandboxUrl: string | null
}

const PLACE = { group: 'home', id: 'mode' }

export async function rememberMode(ledger: Ledger, sandboxUrl: string | undefined): Promise<void> {
  const value: HomeMode = { kind: 'home-mode', sandboxUrl: sandboxUrl ?? null }
  const record = await ledger.get<HomeMode>(PLACE.group, PLACE.id)
  if (record) await ledger.update(record, { value })
  else await ledger.create({ ...PLACE, value })
}

/** The sandbox's origin; null where there was none, undefined where the folder was never worked on. */
export async function sandboxOfMode(ledger: Ledger): Promise<string | null | undefined> {
  return (await ledger.get<HomeMode>(PLACE.group, PLACE.id))?.value.sandboxUrl
}
