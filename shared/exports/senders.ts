/** Whom CXI's mails come from. */
const MAKERS_DOMAINS = ['wootric.com', 'wootric.eu', 'wootric.au', 'inmoment.com']

/** Whether an address (in lower case) is one of these addresses, or of these domains or below them. */
export function isSenderAmong(address: string, known: readonly string[]): boolean {
  const domain = address.slice(address.lastIndexOf('@') + 1)
  return known.some((one) => (one.includes('@') ? address === one.toLowerCase() : isWithin(domain, one.toLowerCase())))
}

export const isMakersAddress = (address: string) => isSenderAmong(address, MAKERS_DOMAINS)

const isWithin = (name: string, domain: string) => name === domain || name.endsWith(`.${domain}`)
