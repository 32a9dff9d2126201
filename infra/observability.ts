import { Duration } from 'aws-cdk-lib'
import type { IHttpApi } from 'aws-cdk-lib/aws-apigatewayv2'
import { Construct } from 'constructs'
import { crashes, measured } from './metrics.ts'
import { RelayAlarm, type RelayAlarmProps } from './relay-alarm.ts'
import { RelayDashboard } from './relay-dashboard.ts'
import type { RelayFunction } from './relay-function.ts'
import type { RelayTopics } from './relay-topics.ts'
import { deadLettersOf } from './work-queue.ts'

export interface ObservabilityProps {
  topics: RelayTopics
  /** Every function of the stack. */
  functions: RelayFunction[]
  /** The one that nothing goes on without. */
  sweep: RelayFunction
  /** The webhook door. @default no alarms and no widgets of webhooks */
  api?: IHttpApi
}

const MOMENT = Duration.minutes(5)
const QUARTER = Duration.minutes(15)
const HOUR = Duration.hours(1)
const TOO_LONG = Duration.hours(4)

/** What is seen from outside: alarms that say what to do, and a dashboard for people who don't know AWS. */
export class Observability extends Construct {
  readonly alarms: RelayAlarm[] = []
  readonly dashboard: RelayDashboard

  constructor(scope: Construct, id: string, props: ObservabilityProps) {
    super(scope, id)
    const { topics, functions, sweep, api } = props
    const alarm = (name: string, more: Omit<RelayAlarmProps, 'topic'>) =>
      this.alarms.push(new RelayAlarm(this, name, { topic: topics.alarms, ...more }))

    alarm('AccountOutOfOrder', {
      title: 'Account out of order',
      impact:
        'CXI refuses the credentials of an account, so nothing of its sources reaches CXI. Files and responses wait; none is lost.',
      metric: measured(this, 'AccountTrouble', 'Sum', HOUR),
      when: { atLeast: 1 },
      // It is said again every hour while it lasts.
      periods: 2,
    })
    alarm('WaitingTooLong', {
      title: 'Work waits too long',
      impact:
        'A file or a batch of responses has been on its way for more than four hours; dashboards in CXI lag behind.',
      metric: measured(this, 'OldestWaiting', 'Maximum', HOUR),
      when: { atLeast: TOO_LONG.toSeconds() },
      // What waits may be looked at once an hour only.
      periods: 2,
    })
    alarm('NeedsAPerson', {
      title: 'Something needs a person',
      impact:
        'Something that does not mend itself: an import that differs from what was sent, a file that was given up, a delivery that can not be read, an export that failed.',
      metric: measured(this, 'Alarms', 'Sum', MOMENT),
      when: { atLeast: 1 },
      tellsEnd: false,
    })
    alarm('DeadLetters', {
      title: 'Dead letters',
      impact:
        'Messages could not be worked on after many attempts; a dropped file may stay unread until they are sent back.',
      metric: deadLettersOf(this).metricApproximateNumberOfMessagesVisible({ statistic: 'Maximum', period: MOMENT }),
      when: { atLeast: 1 },
    })
    alarm('FunctionsFail', {
      title: 'Functions fail',
      impact:
        'Calls of functions end in errors or run out of time. Work is repeated, but files and responses come late.',
      metric: crashes(this, functions, QUARTER),
      when: { atLeast: 3 },
    })
    alarm('SweepStopped', {
      title: 'Sweep stopped',
      impact: 'Nothing that waits is taken up again: files and responses stay where they are, and so do exports.',
      metric: sweep.lambda.metricInvocations({ statistic: 'Sum', period: MOMENT }),
      when: { below: 1 },
      periods: 3,
    })
    if (api) {
      alarm('WebhooksFail', {
        title: 'Webhooks fail',
        impact: 'Responses of survey tools could not be stored. The tools try again for hours, some give up sooner.',
        metric: api.metricServerError({ statistic: 'Sum', period: QUARTER }),
        when: { atLeast: 3 },
      })
      alarm('WebhooksRefused', {
        title: 'Webhooks are refused',
        impact:
          'Deliveries do not prove where they come from. If they are genuine, a tool gives up and its responses are lost.',
        metric: measured(this, 'WebhooksRefused', 'Sum', HOUR),
        when: { atLeast: 5 },
      })
    }
    this.dashboard = new RelayDashboard(this, 'Dashboard', { ...props, alarms: this.alarms })
  }
}
