import { MEASURES, type Measure, measuresOf, NAMESPACE } from '../shared/measures.ts'
import type { Clock } from '../shared/ports.ts'
import type { LogLine, Observer } from './function-log.ts'

/** CloudWatch takes no more values of one metric in a line. */
const MOST_VALUES = 100

/**
 * Sums up what an invocation's lines measure, and writes it at its end as one line in CloudWatch's embedded metric format
 * (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html).
 * The only dimension is the stack's name: any other would multiply what the metrics cost.
 */
export class Metrics implements Observer {
  readonly #write: (text: string) => unknown
  readonly #stack: string
  readonly #clock: Clock
  #seen = new Map<Measure, number[]>()

  constructor(write: (text: string) => unknown, stack: string, clock: Clock) {
    this.#write = write
    this.#stack = stack
    this.#clock = clock
  }

  see({ level, event, fields }: LogLine): void {
    for (const [measure, value] of measuresOf(level, event, fields)) {
      const values = this.#seen.get(measure) ?? []
      if (MEASURES[measure] === 'Count') values[0] = (values[0] ?? 0) + value
      else if (values.length < MOST_VALUES) values.push(value)
      this.#seen.set(measure, values)
    }
  }

  async flush(): Promise<void> {
    if (this.#seen.size === 0) return
    const seen = [...this.#seen]
    this.#seen = new Map()
    const directive = {
      Namespace: NAMESPACE,
      Dimensions: [['Stack']],
      Metrics: seen.map(([Name]) => ({ Name, Unit: MEASURES[Name] })),
    }
    const values = seen.map(([name, [first, ...more]]) => [name, more.length === 0 ? first : [first, ...more]])
    const line = {
      _aws: { Timestamp: this.#clock.now(), CloudWatchMetrics: [directive] },
      Stack: this.#stack,
      ...Object.fromEntries(values),
    }
    this.#write(`${JSON.stringify(line)}\n`)
  }
}
