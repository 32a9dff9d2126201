import { Stack } from 'aws-cdk-lib'
import { Alarm, ComparisonOperator, type IMetric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch'
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions'
import type { ITopic } from 'aws-cdk-lib/aws-sns'
import type { Construct } from 'constructs'

const RUNBOOK = 'docs/runbook.md'

export interface RelayAlarmProps {
  /** A few plain words, which the mail's subject shows; the runbook's section is called the same. */
  title: string
  /** Who is affected, and by what: what a person reads first. */
  impact: string
  metric: IMetric
  topic: ITopic
  /** Values that are an alarm. What is not measured is fine with `atLeast`, and an alarm with `below`. */
  when: { atLeast: number } | { below: number }
  /** Of that many periods, one is enough; with `below`, it takes all of them. @default 1 */
  periods?: number
  /** Whether the topic is told when it is over. @default true */
  tellsEnd?: boolean
}

/** An alarm that says whom it concerns and what to do; there is none without. */
export class RelayAlarm extends Alarm {
  constructor(scope: Construct, id: string, props: RelayAlarmProps) {
    const { title, impact, metric, topic, when, periods = 1, tellsEnd = true } = props
    super(scope, id, {
      alarmName: `${Stack.of(scope).stackName}: ${title}`,
      alarmDescription: `${impact} What to do: ${RUNBOOK}#${anchorOf(title)}`,
      metric,
      evaluationPeriods: periods,
      ...('atLeast' in when
        ? {
            threshold: when.atLeast,
            comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
            datapointsToAlarm: 1,
            treatMissingData: TreatMissingData.NOT_BREACHING,
          }
        : {
            threshold: when.below,
            comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
            treatMissingData: TreatMissingData.BREACHING,
          }),
    })
    this.addAlarmAction(new SnsAction(topic))
    if (tellsEnd) this.addOkAction(new SnsAction(topic))
  }
}

/** As GitHub makes them of headings. */
const anchorOf = (title: string) => title.toLowerCase().replaceAll(' ', '-')
