import { CloudFormationClient, type CloudFormationClientConfig } from '@aws-sdk/client-cloudformation'
import { RelayError } from '../../shared/errors.ts'
import { nameOf, statusOf } from '../../shared/stores/aws/aws-errors.ts'
import { CLIENT_OPTIONS } from '../../shared/stores/aws/client-options.ts'

/** Which stack, and with whose credentials. */
export interface StackOptions {
  /** Name of the CloudFormation stack. */
  stack: string
  /** @default the environment's, or the profile's */
  region?: string
  /** @default AWS_PROFILE, or whatever else AWS's own tools use */
  profile?: string
}

/** Settings of every client that a command uses; identity and region are found once, by the first. */
export type ClientOptions = typeof CLIENT_OPTIONS & Pick<CloudFormationClientConfig, 'region' | 'credentials'>

export interface Aws {
  cloudFormation: CloudFormationClient
  options: ClientOptions
  region: string
}

/** The caller's AWS. Throws RelayError `aws_region_missing`; credentials are looked for at the first call. */
export async function openAws({ region = fallbackRegion(), profile }: StackOptions): Promise<Aws> {
  const cloudFormation = new CloudFormationClient({
    ...CLIENT_OPTIONS,
    ...(region === undefined ? {} : { region }),
    ...(profile === undefined ? {} : { profile }),
  })
  const { config } = cloudFormation
  const found = await config.region().catch((cause: unknown) => {
    throw new RelayError(
      'aws_region_missing',
      'No AWS region is set; name the one that the stack is in: --region, AWS_REGION, or in the profile.',
      { cause },
    )
  })
  return {
    cloudFormation,
    options: { ...CLIENT_OPTIONS, region: found, credentials: config.credentials },
    region: found,
  }
}

/** What the AWS command line reads and the SDK does not. */
const fallbackRegion = () => (process.env.AWS_REGION ? undefined : process.env.AWS_DEFAULT_REGION || undefined)

const REFUSED =
  /^(CredentialsProviderError|TokenProviderError|ExpiredToken(Exception)?|UnrecognizedClientException|InvalidClientTokenId|AuthFailure|InvalidAccessKeyId|SignatureDoesNotMatch|InvalidSignatureException)$/
const OUT_OF_REACH = /^(ECONN\w+|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EPIPE|EHOSTUNREACH|ENETUNREACH|TimeoutError)$/

/**
 * What a person at a terminal does about a failed call to AWS: a RelayError `aws_credentials`, `aws_denied` or
 * `aws_unreachable`. Anything else stays as it is.
 */
export function advised(error: unknown, region: string): unknown {
  const cause = causeOf(error)
  if (!(cause instanceof Error)) return error
  const name = nameOf(cause)
  if (REFUSED.test(name)) {
    // A refused signature's message repeats what was signed; the others say what was looked for.
    const said = /Provider/.test(name) ? `: ${cause.message.replace(/\.$/, '')}` : ''
    return new RelayError(
      'aws_credentials',
      `There are no valid AWS credentials (${name}${said}). Log in (aws sso login), or name a profile: --profile NAME or AWS_PROFILE.`,
      { cause },
    )
  }
  if (/AccessDenied|NotAuthorized|UnauthorizedOperation/.test(name) || statusOf(cause) === 403) {
    return new RelayError(
      'aws_denied',
      `Your AWS credentials may not do that: ${cause.message.replace(/\.$/, '')}. docs/stack-commands.md lists what the commands need.`,
      { cause },
    )
  }
  if (OUT_OF_REACH.test(name)) {
    return new RelayError(
      'aws_unreachable',
      `AWS in ${region} is out of reach (${name}); check the region's name and the network.`,
      { cause },
    )
  }
  return error
}

/** The stores wrap what AWS says into advice for functions, which are run again by themselves. */
function causeOf(error: unknown): unknown {
  return error instanceof RelayError && error.code === 'store_unavailable' ? error.cause : error
}
