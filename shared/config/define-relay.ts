import type { RelayConfig } from './types.ts'

export type { RelayConfig } from './types.ts'

/** Gives `relay.config.ts` its types; what is wrong with it is told when it is loaded. */
export const defineRelay = (config: RelayConfig): RelayConfig => config
