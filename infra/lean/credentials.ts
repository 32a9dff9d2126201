import { fromEnv } from '@aws-sdk/credential-provider-env'

/** A function has its credentials in its environment; where else the SDK would look (SSO, files, IMDS) is left out. */
export const defaultProvider = () => fromEnv()
