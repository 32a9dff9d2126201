import type { RelayConfig } from '../../shared/config/types.ts'

/** Origins of CXI for each account: what moves the clock of one leaves the other's alone. */
export interface CxiOrigins {
  main: string
  shop: string
  desk: string
  archive: string
}

const accountOf = (secret: string, apiUrl: string) => ({ secret, apiUrl, tokenUrl: `${apiUrl}/oauth/token` })

/** What the cloud tests deploy, with CXI at origins of this machine. */
export const relayConfig = ({ main, shop, desk, archive }: CxiOrigins): RelayConfig => ({
  accounts: {
    main: accountOf('cxi-relay/main', main),
    shop: accountOf('cxi-relay/shop', shop),
    desk: accountOf('cxi-relay/desk', desk),
    archive: accountOf('cxi-relay/archive', archive),
  },
  sources: {
    nps: {
      account: 'main',
      import: { source: 'Website survey', metric_type: 'nps', language: 'en', tag_names: ['CLOUD'] },
    },
    private: { account: 'main', privacy: { user_id: 'hash' } },
    strict: { account: 'main', rows: 'all-or-nothing' },
    typeform: {
      account: 'shop',
      webhook: { provider: 'typeform', secret: 'cxi-relay/typeform', settleSeconds: 1 },
    },
    hooks: {
      account: 'shop',
      import: { source: 'Shop' },
      privacy: { email: 'hash' },
      webhook: { provider: 'generic', secret: 'cxi-relay/hooks', settleSeconds: 1, maxBytes: 500_000 },
    },
    counter: { account: 'archive' },
    asked: { account: 'desk' },
    /** Nobody pastes its secret. */
    unpasted: {
      account: 'desk',
      webhook: { provider: 'generic', secret: 'cxi-relay/unpasted', settleSeconds: 1 },
    },
  },
  // Once a year, so that the tests decide when; the links of CXI's mails lead to this machine.
  exports: [{ type: 'responses', account: 'archive', schedule: '0 6 1 1 *', hosts: [archive] }],
  limits: { graceSeconds: 1, postSeconds: 3, leaseSeconds: 5, concurrency: 4 },
})
