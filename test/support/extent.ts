/** Whether this is `npm run proof`, which takes as long as it needs. */
export const isProof = process.env.CXI_RELAY_PROOF !== undefined

/** How much of a thing is tried: the first figure in `npm test`, the second in `npm run proof`. */
export const extent = (inTest: number, inProof: number): number => (isProof ? inProof : inTest)
