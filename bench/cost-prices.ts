/**
 * What AWS asks for, in US dollars: list prices of us-east-1 as of November 2026, without any free tier. Source of each:
 * aws.amazon.com/<service>/pricing. Other regions ask up to a third more (eu-central-1: about a fifth).
 */
export const PRICES = {
  /** Arm, per GB and second, and per call. */
  'lambda GB-seconds': 0.0000133334,
  'lambda calls': 0.2 / 1e6,
  /** On demand. */
  'dynamodb write units': 0.625 / 1e6,
  'dynamodb read units': 0.125 / 1e6,
  's3 puts': 0.005 / 1000,
  's3 gets': 0.0004 / 1000,
  'sqs requests': 0.4 / 1e6,
  'http api calls': 1 / 1e6,
  'log GB': 0.5,
  'secret months': 0.4,
  'secret reads': 0.05 / 10_000,
  'alarm months': 0.1,
  'metric months': 0.3,
  'scheduler calls': 1 / 1e6,
  /** To the internet; an account's first 100 GB a month are free. */
  'GB sent to CXI': 0.09,
  's3 GB-months': 0.023,
} as const

export type Unit = keyof typeof PRICES
export type Usage = Partial<Record<Unit, number>>

/**
 * Not counted into a total, but shown: traffic, of which an account has 100 GB a month free; keeping files, as long as
 * their owner wants; metrics, which depend on the hours in which something comes, not on how much (ten are free).
 */
export const BESIDES: ReadonlySet<Unit> = new Set(['GB sent to CXI', 's3 GB-months', 'metric months'])

export const costOf = (usage: Usage): [Unit, number, number][] =>
  (Object.entries(usage) as [Unit, number][]).map(([unit, amount]) => [unit, amount, amount * PRICES[unit]])

/** What can't be measured without AWS and CXI, assumed on the safe side. */
export const ASSUMED = {
  /** Milliseconds of a request within a region. */
  dynamodbMs: 6,
  s3Ms: 30,
  sqsMs: 12,
  /** Milliseconds of a call to CXI, and of each MB that is uploaded. */
  cxiMs: 400,
  uploadMsPerMb: 1000,
  /** Of calls that start a process anew, and what that takes; it is billed. */
  coldShare: 0.01,
  coldMs: 500,
  /** A request that claims a row, of which this many are under way at once. */
  claimsAtOnce: 32,
  /** Lambda keeps up to five long polls of 20 s on a queue: https://github.com/getlift/lift/issues/132 counts 15 a minute. */
  pollsPerMinute: 15,
} as const

/** Memory that is a whole core. */
export const MB_PER_CORE = 1769
