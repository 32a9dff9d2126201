import { Aws } from 'aws-cdk-lib'
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import type { IFunction } from 'aws-cdk-lib/aws-lambda'
import { CfnSchedule } from 'aws-cdk-lib/aws-scheduler'
import { Construct } from 'constructs'

/** Calls a function every minute. A call that fails is not repeated: the next minute brings another. */
export class EveryMinute extends Construct {
  constructor(scope: Construct, id: string, target: IFunction) {
    super(scope, id)
    const invoke = new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [target.functionArn] })
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
      }),
      inlinePolicies: { Invoke: new PolicyDocument({ statements: [invoke] }) },
    })
    new CfnSchedule(this, 'Schedule', {
      scheduleExpression: 'rate(1 minute)',
      flexibleTimeWindow: { mode: 'OFF' },
      target: { arn: target.functionArn, roleArn: role.roleArn, retryPolicy: { maximumRetryAttempts: 0 } },
    })
  }
}
