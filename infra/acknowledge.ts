import { Validations } from 'aws-cdk-lib'
import type { IConstruct } from 'constructs'

/** Accepts findings of the security rules on a construct and what is below it, for one reason that holds for all. */
export function acknowledge(construct: IConstruct, reason: string, ...findings: string[]): void {
  for (const id of findings) Validations.of(construct).acknowledge({ id, reason })
}
