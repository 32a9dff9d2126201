import ipaddr from 'ipaddr.js'

/** Whether an address is one of the public internet's: not private, loopback, link-local, or set aside for anything. */
export function isPublicAddress(text: string): boolean {
  if (!ipaddr.isValid(text)) return false
  const address = ipaddr.process(text)
  if (address.range() !== 'unicast') return false
  // What is handed out of IPv6 so far (RFC 4291, section 2.4); the rest embeds IPv4 addresses or is reserved.
  return !(address instanceof ipaddr.IPv6) || ((address.parts[0] ?? 0) & 0xe000) === 0x2000
}
