import { DescribeStacksCommand, type Stack } from '@aws-sdk/client-cloudformation'
import { RelayError } from '../../shared/errors.ts'
import { nameOf } from '../../shared/stores/aws/aws-errors.ts'
import type { Aws } from './aws.ts'
import { placesOf, type StackPlaces } from './outputs.ts'

export interface FoundStack extends StackPlaces {
  name: string
  region: string
  /** CloudFormation's own word, such as `UPDATE_COMPLETE`. */
  status: string
}

/** Looks at a deployed stack. Throws RelayErrors `stack_missing` and `stack_foreign`, and what the SDK throws. */
export async function findStack({ cloudFormation, region }: Aws, name: string): Promise<FoundStack> {
  const stack = await described()
  if (!stack) throw missing()
  const outputs = (stack.Outputs ?? []).map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue])
  return { ...placesOf(name, Object.fromEntries(outputs)), name, region, status: stack.StackStatus ?? 'unknown' }

  async function described(): Promise<Stack | undefined> {
    try {
      return (await cloudFormation.send(new DescribeStacksCommand({ StackName: name }))).Stacks?.[0]
    } catch (cause) {
      // CloudFormation has no error of its own for it.
      if (nameOf(cause) === 'ValidationError') throw missing(cause)
      throw cause
    }
  }

  function missing(cause?: unknown): RelayError {
    return new RelayError(
      'stack_missing',
      `There is no stack "${name}" in ${region} of the AWS account that your credentials are for. Name the stack, the region (--region) and the account (--profile) that you deployed to, or deploy it: npm run deploy`,
      { cause },
    )
  }
}
