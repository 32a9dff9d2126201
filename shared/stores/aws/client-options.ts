/**
 * Settings of every AWS client: a service that does not answer must not hold a function until its end, and errors of
 * connections that died while a function was frozen are repeated by the SDK.
 */
export const CLIENT_OPTIONS = {
  maxAttempts: 4,
  requestHandler: {
    connectionTimeout: 3000,
    /** Silence on an open connection. A stream that is read slowly may meet it too; reading goes on on a new one. */
    socketTimeout: 20_000,
    requestTimeout: 30_000,
    throwOnRequestTimeout: true,
  },
}

/** Where a sender waits for the answer, which rather gets a 503 in time than none: tools give up after 5 to 30 seconds. */
export const IMPATIENT_OPTIONS = {
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 1000, requestTimeout: 2000, throwOnRequestTimeout: true },
}
