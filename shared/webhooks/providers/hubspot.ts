import { hubspotFetcher } from '../fetch/hubspot.ts'
import { STATIC } from '../proof.ts'
import type { Provider } from '../provider.ts'
import type { Reading, Unfetched } from '../types.ts'
import { at, idOf, textOf } from '../values.ts'

/**
 * HubSpot: a private or public app's Webhooks → the address, "created" and "property changed" of feedback submissions; the
 * secret holds `secret` (the client secret) and `access_token`. HubSpot signs the public address, so `publicUrl` must be
 * the one it calls. It sends ids only, and the submission is read from the CRM.
 * https://developers.hubspot.com/docs/apps/legacy-apps/authentication/validating-requests
 */
export const hubspot: Provider = {
  name: 'hubspot',
  proofs: [
    {
      kind: 'hmac',
      header: 'x-hubspot-signature-v3',
      algorithm: 'sha256',
      encoding: 'base64',
      signed: ['method', 'url', 'body', 'timestamp'],
      timestamp: { header: 'x-hubspot-request-timestamp', unit: 'ms' },
      // These, and no others, are decoded before HubSpot signs the address.
      decodedInUrl: /%(?:3A|2F|3F|40|21|24|27|28|29|2A|2C|3B)/gi,
    },
    STATIC,
  ],
  setup:
    'In the app: Webhooks → Target URL; the secret here is the client secret. publicUrl must be exactly what HubSpot calls.',
  fetcher: hubspotFetcher,
  read(event) {
    const unfetched = new Map<string, Unfetched>()
    const strays: NonNullable<Reading['strays']> = []
    for (const element of Array.isArray(event) ? event : [event]) {
      if (!/creation|propertyChange/.test(textOf(at(element, 'subscriptionType')))) continue
      try {
        const id = idOf(at(element, 'objectId'), 'objectId')
        unfetched.set(id, { id, at: { object: id } })
      } catch (error) {
        strays.push({ element, error })
      }
    }
    return { responses: [], unfetched: [...unfetched.values()], strays }
  },
}
