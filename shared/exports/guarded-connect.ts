import { type LookupAddress, lookup as machineLookup } from 'node:dns'
import { isIP, type LookupFunction } from 'node:net'
import { buildConnector } from 'undici'
import { RelayError } from '../errors.ts'
import { isPublicAddress } from './public-address.ts'

const CONNECT_TIMEOUT_MS = 10_000

/**
 * Opens connections to public addresses only, looked at after the name was resolved, so that a name that points
 * elsewhere a moment later gains nothing. Fails with RelayError `link_not_public`.
 */
export function guardedConnect(
  isLocalAllowed: (origin: string) => boolean,
  lookup: LookupFunction = machineLookup,
): buildConnector.connector {
  const open = buildConnector({ timeout: CONNECT_TIMEOUT_MS, allowH2: false, lookup })
  const guarded = buildConnector({ timeout: CONNECT_TIMEOUT_MS, allowH2: false, lookup: publicOnly(lookup) })
  return (options, callback) => {
    const { hostname, protocol, port } = options
    const address = hostname.replace(/^\[|\]$/g, '')
    if (isLocalAllowed(new URL(`${protocol}//${hostname}${port ? `:${port}` : ''}`).origin))
      return open(options, callback)
    // A literal address is connected to without any look-up.
    if (isIP(address) !== 0 && !isPublicAddress(address)) return callback(notPublic(hostname), null)
    guarded(options, callback)
  }
}

function publicOnly(lookup: LookupFunction): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, found) => {
      if (error) return callback(error, '', 0)
      const addresses = found as unknown as LookupAddress[]
      const [first] = addresses
      if (!first || !addresses.every(({ address }) => isPublicAddress(address))) {
        return callback(notPublic(hostname), '', 0)
      }
      if (options.all) callback(null, addresses)
      else callback(null, first.address, first.family)
    })
  }
}

const notPublic = (host: string) =>
  new RelayError(
    'link_not_public',
    `The mailed link leads to ${host}, which is an address of this machine or a private network; it was not followed.`,
  )
