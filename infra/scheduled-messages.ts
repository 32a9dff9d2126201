import { Aws } from 'aws-cdk-lib'
import { PolicyDocument, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { CfnSchedule, CfnScheduleGroup } from 'aws-cdk-lib/aws-scheduler'
import { Construct } from 'constructs'
import type { Relay } from '../shared/config/types.ts'
import { RelayError } from '../shared/errors.ts'
import { type Schedule, schedulesOf } from '../shared/exports/schedules.ts'
import { schedulerCron } from './scheduler-cron.ts'
import { sendTo } from './store-grants.ts'
import { deadLettersOf, type WorkQueue } from './work-queue.ts'

/** For a day EventBridge Scheduler tries to put a message into the queue; these are the most it allows. */
const RETRIES = { maximumEventAgeInSeconds: 86_400, maximumRetryAttempts: 185 }

/** Puts a message into a queue whenever the time of one of the configuration's exports has come. */
export class ScheduledMessages extends Construct {
  readonly group: CfnScheduleGroup

  constructor(scope: Construct, id: string, { relay, queue }: { relay: Relay; queue: WorkQueue }) {
    super(scope, id)
    const deadLetters = deadLettersOf(this)
    this.group = new CfnScheduleGroup(this, 'Group')
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
      }),
      inlinePolicies: {
        Send: new PolicyDocument({ statements: [sendTo(queue.queue.queueArn, deadLetters.queueArn)] }),
      },
    })
    for (const [index, schedule] of schedulesOf(relay).entries()) {
      const { key, type, account, schedule: line, timezone } = schedule
      new CfnSchedule(this, `${type}-${account.name}-${key}`, {
        description: `${type} of account ${account.name}: ${line} (${timezone})`,
        groupName: this.group.ref,
        scheduleExpression: expressionOf(schedule, index),
        scheduleExpressionTimezone: timezone,
        flexibleTimeWindow: { mode: 'OFF' },
        target: {
          arn: queue.queue.queueArn,
          roleArn: role.roleArn,
          input: JSON.stringify({ schedule: key, time: '<aws.scheduler.scheduled-time>' }),
          retryPolicy: RETRIES,
          deadLetterConfig: { arn: deadLetters.queueArn },
        },
      })
    }
  }
}

function expressionOf({ schedule, timezone }: Schedule, index: number): string {
  if (!/^[a-z]/i.test(timezone)) {
    const problem = `relay.config.ts: exports[${index}].timezone is "${timezone}", but EventBridge Scheduler knows zones by name only, for example 'Europe/Berlin'.`
    throw new RelayError('config_invalid', problem)
  }
  return schedulerCron(schedule, `exports[${index}].schedule`)
}
