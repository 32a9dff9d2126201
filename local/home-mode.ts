import type { Ledger } from '../shared/ports.ts'

/** How the home that works on a data folder was started last, for commands beside it. */
interface HomeMode {
  kind: 'home-mode'
  /** Origin of its sandbox; null where it works with CXI itself. */
  sandboxUrl: string | null
  /** Whether it ever worked with CXI itself. */
  metCxi?: boolean
}

const PLACE = { group: 'home', id: 'mode' }

export async function rememberMode(ledger: Ledger, sandboxUrl: string | undefined): Promise<void> {
  const record = await ledger.get<HomeMode>(PLACE.group, PLACE.id)
  const metCxi = sandboxUrl === undefined || (record !== undefined && metBefore(record.value))
  const value: HomeMode = { kind: 'home-mode', sandboxUrl: sandboxUrl ?? null, metCxi }
  if (record) await ledger.update(record, { value })
  else await ledger.create({ ...PLACE, value })
}

/** The sandbox's origin; null where there was none, undefined where the folder was never worked on. */
export async function sandboxOfMode(ledger: Ledger): Promise<string | null | undefined> {
  return (await ledger.get<HomeMode>(PLACE.group, PLACE.id))?.value.sandboxUrl
}

/**
 * Whether the folder ever worked with CXI itself: then credentials that are missing were lost, and its files wait for
 * them instead of going into a sandbox.
 */
export async function hasMetCxi(ledger: Ledger): Promise<boolean> {
  const record = await ledger.get<HomeMode>(PLACE.group, PLACE.id)
  return record !== undefined && metBefore(record.value)
}

const metBefore = ({ metCxi, sandboxUrl }: HomeMode): boolean => metCxi ?? sandboxUrl === null
