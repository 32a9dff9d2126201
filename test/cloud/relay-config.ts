import type { RelayConfig } from '../../shared/config/types.ts'

/** What the cloud tests deploy, with CXI at an origin of this machine. */
export const relayConfig = (cxi: string): RelayConfig => ({
  accounts: { main: { secret: 'cxi-relay/main', apiUrl: cxi, tokenUrl: `${cxi}/oauth/token` } },
  sources: {
    nps: { import: { source: 'Website survey', metric_type: 'nps', language: 'en', tag_names: ['CLOUD'] } },
    private: { privacy: { user_id: 'hash' } },
    typeform: { webhook: { provider: 'typeform', secret: 'cxi-relay/typeform', settleSeconds: 1 } },
    hooks: {
      import: { source: 'Shop' },
      privacy: { email: 'hash' },
      webhook: { provider: 'generic', secret: 'cxi-relay/hooks', settleSeconds: 1, maxBytes: 500_000 },
    },
    strict: { rows: 'all-or-nothing' },
  },
  // Once a year, so that the tests decide when; the links of CXI's mails lead to this machine.
  exports: [{ type: 'responses', schedule: '0 6 1 1 *', hosts: [cxi] }],
  limits: { graceSeconds: 1, postSeconds: 3, leaseSeconds: 5, concurrency: 4 },
})
