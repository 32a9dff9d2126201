import { type Duration, Stack } from 'aws-cdk-lib'
import { Metric } from 'aws-cdk-lib/aws-cloudwatch'
import { FilterPattern } from 'aws-cdk-lib/aws-logs'
import type { Construct } from 'constructs'
import { type Measure, NAMESPACE } from '../shared/measures.ts'
import type { RelayFunction } from './relay-function.ts'

/** What the functions measure of themselves, over all of them. */
export function measured(scope: Construct, metricName: Measure, statistic: string, period: Duration): Metric {
  const dimensionsMap = { Stack: Stack.of(scope).stackName }
  return new Metric({ namespace: NAMESPACE, metricName, dimensionsMap, statistic, period })
}

/**
 * Calls that failed, timed out or were killed, as Lambda says it in the functions' logs: one metric for all functions,
 * which costs nothing while there are none. A filter can't name the stack in a dimension, so the metric's name does.
 */
export function crashes(scope: Construct, functions: RelayFunction[], period: Duration): Metric {
  const metricName = `Crashes.${Stack.of(scope).stackName}`
  const isReport = FilterPattern.stringValue('$.type', '=', 'platform.report')
  const isBad = FilterPattern.stringValue('$.record.status', '!=', 'success')
  for (const { logGroup } of functions) {
    logGroup.addMetricFilter('Crashes', {
      filterPattern: FilterPattern.all(isReport, isBad),
      metricNamespace: NAMESPACE,
      metricName,
      metricValue: '1',
    })
  }
  return new Metric({ namespace: NAMESPACE, metricName, statistic: 'Sum', period })
}
