import { Duration, Stack } from 'aws-cdk-lib'
import type { IHttpApi } from 'aws-cdk-lib/aws-apigatewayv2'
import {
  AlarmStatusWidget,
  Dashboard,
  GraphWidget,
  type IAlarm,
  LogQueryWidget,
  type Metric,
  TextWidget,
} from 'aws-cdk-lib/aws-cloudwatch'
import { Construct } from 'constructs'
import type { Measure } from '../shared/measures.ts'
import { measured } from './metrics.ts'
import type { RelayFunction } from './relay-function.ts'
import type { RelayTopics } from './relay-topics.ts'

export interface RelayDashboardProps {
  topics: RelayTopics
  functions: RelayFunction[]
  alarms: IAlarm[]
  /** @default no widgets of webhooks */
  api?: IHttpApi
}

const DAY = Duration.days(1)
const HALF = 12
const THIRD = 8
const HEIGHT = 6

const INTRODUCTION = `# What happens to your feedback
Files that are dropped and responses that survey tools send are on their way to InMoment CXI here. **Rows in CXI** is what arrived there; **rows set aside** could not be sent as they are, and lie in the bucket's folder \`rejected/\` with the reason beside each row. Every file has a receipt in \`receipts/\`. Nothing is lost while something waits. Days are those of UTC.`

/** One page for people who know feedback, not AWS. */
export class RelayDashboard extends Construct {
  readonly dashboard: Dashboard
  readonly #props: RelayDashboardProps

  constructor(scope: Construct, id: string, props: RelayDashboardProps) {
    super(scope, id)
    this.#props = props
    const { stackName } = Stack.of(this)
    const { api } = props
    this.dashboard = new Dashboard(this, 'Dashboard', { dashboardName: stackName, defaultInterval: Duration.days(14) })
    this.dashboard.addWidgets(
      new TextWidget({ markdown: INTRODUCTION, width: 2 * HALF, height: 3 }),
      new AlarmStatusWidget({ title: 'Alarms', alarms: props.alarms, width: 2 * HALF, height: 3 }),
      this.#graph('Files that came in, a day', THIRD, { 'files that came to an end': this.#daily('Files') }),
      this.#graph('Rows in CXI, a day', THIRD, { 'rows imported': this.#daily('RowsImported') }),
      this.#graph('Rows set aside, a day', THIRD, {
        'set aside, to be mended': this.#daily('RowsSetAside'),
        'left out: in CXI already': this.#daily('RowsDuplicate'),
      }),
      this.#table('Files that need their owner', HALF, FILES_IN_NEED),
      this.#table('What the alarms say', HALF, ALARM_LINES),
      this.#graph('Waiting since: the longest, in seconds', HALF, {
        'longest wait': this.#hourly('OldestWaiting', 'Maximum'),
      }),
      this.#graph('Time of an upload to CXI, in seconds', HALF, {
        middle: this.#hourly('UploadTime', 'p50'),
        'slowest of a hundred': this.#hourly('UploadTime', 'p99'),
      }),
    )
    if (api) this.dashboard.addWidgets(...this.#webhooks(api))
  }

  #webhooks(api: IHttpApi) {
    return [
      this.#graph('Webhooks, a day', THIRD, {
        'calls of survey tools': api.metricCount({ statistic: 'Sum', period: DAY }),
        'turned away: no proof of who sent it': this.#daily('WebhooksRefused'),
        'could not be stored': api.metricServerError({ statistic: 'Sum', period: DAY }),
      }),
      this.#table('What became of webhooks', THIRD, WEBHOOK_OUTCOMES),
      this.#table('Changes that came after their response had been sent', THIRD, LATE_RESPONSES),
    ]
  }

  #daily(measure: Measure): Metric {
    return measured(this, measure, 'Sum', DAY)
  }

  #hourly(measure: Measure, statistic: string): Metric {
    return measured(this, measure, statistic, Duration.hours(1))
  }

  #graph(title: string, width: number, series: Record<string, Metric>) {
    const left = Object.entries(series).map(([label, metric]) => metric.with({ label }))
    return new GraphWidget({ title, width, height: HEIGHT, left, leftYAxis: { min: 0, showUnits: false } })
  }

  /** Read from the log when somebody looks, so it costs nothing otherwise. */
  #table(title: string, width: number, queryLines: string[]) {
    const logGroupNames = this.#props.functions.map(({ logGroup }) => logGroup.logGroupName)
    return new LogQueryWidget({ title, width, height: HEIGHT, logGroupNames, queryLines })
  }
}

const FILES_IN_NEED = [
  'fields @timestamp, source, drop, state, imported, set_aside, code, receipt',
  'filter event = "drop.rejected" or (event = "drop.finished" and state = "partial")',
  'sort @timestamp desc',
  'limit 50',
]

const ALARM_LINES = ['fields @timestamp, event, message', 'filter level = "alarm"', 'sort @timestamp desc', 'limit 50']

const WEBHOOK_OUTCOMES = [
  'filter event like /^webhook\\./',
  'stats count(*) as calls by source, coalesce(outcome, event) as outcome',
]

const LATE_RESPONSES = ['filter event = "response.late"', 'stats count(*) as changes by source, bin(1d) as day']
