import { readdirSync, readFileSync } from 'node:fs'
import { App, Stack } from 'aws-cdk-lib'
import { Match, Template } from 'aws-cdk-lib/assertions'
import { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2'
import { beforeAll, describe, expect, test } from 'vitest'
import { Observability } from '../../infra/observability.ts'
import { RelayAlarm } from '../../infra/relay-alarm.ts'
import { RelayFunction } from '../../infra/relay-function.ts'
import { RelayTopics } from '../../infra/relay-topics.ts'
import { completeRelay } from '../../shared/config/resolve.ts'
import { MEASURES, NAMESPACE } from '../../shared/measures.ts'
import { CONFIG } from './stack.ts'

const RUNBOOK = readFileSync('docs/runbook.md', 'utf8')
const SECTIONS = [...RUNBOOK.matchAll(/^## (.+)$/gm)].map(([, title = '']) => title)
const PARTS = ['Means', 'Affected', 'Look', 'Do', 'Over when']

let template: Template
let alarms: Record<string, unknown>[]

const functionOf = (stack: Stack, name: string) =>
  new RelayFunction(stack, name, { name, description: name, configFile: 'x', environment: {}, statements: [] })

/** What is seen of a stack with every door. */
beforeAll(() => {
  const stack = new Stack(new App({ context: { 'aws:cdk:bundling-stacks': [] } }), 'relay')
  const alarmed = { email: ['ops@example.com', 'boss@example.com'], drops: ['cx@example.com'] }
  const topics = new RelayTopics(stack, 'Topics', completeRelay({ ...CONFIG, alarms: alarmed }))
  const sweep = functionOf(stack, 'sweep')
  const functions = [sweep, functionOf(stack, 'send-part')]
  new Observability(stack, 'Observability', { topics, functions, sweep, api: new HttpApi(stack, 'Api') })
  template = Template.fromStack(stack)
  alarms = Object.values(template.findResources('AWS::CloudWatch::Alarm')).map(({ Properties }) => Properties)
})

describe('the alarms', () => {
  test('are ten at most, since each has its price', () => {
    expect(alarms.length).toBeGreaterThanOrEqual(8)
    expect(alarms.length).toBeLessThanOrEqual(10)
  })

  test('state their impact and name their section of the runbook, which has no others', () => {
    const titles = alarms.map(({ AlarmName }) => String(AlarmName).replace('relay: ', ''))
    const anchors = SECTIONS.map((title) => title.toLowerCase().replaceAll(' ', '-'))

    expect(titles.toSorted()).toEqual(SECTIONS.toSorted())
    for (const { AlarmDescription } of alarms) {
      const [, impact = '', anchor = ''] = /^(.{40,}\.) What to do: docs\/runbook\.md#(.+)$/.exec(
        String(AlarmDescription),
      ) as string[]
      expect(impact).not.toBe('')
      expect(anchors).toContain(anchor)
    }
  })

  test('look at one metric each, without arithmetic', () => {
    for (const alarm of alarms) {
      expect(alarm).not.toHaveProperty('Metrics')
      expect(alarm).toMatchObject({ MetricName: expect.any(String), Namespace: expect.any(String) })
    }
  })

  test('look at what the functions measure, under the names they use', () => {
    const own = alarms.filter(({ Namespace }) => Namespace === NAMESPACE)
    const names = own.map(({ MetricName }) => String(MetricName))

    expect(names.toSorted()).toEqual(['AccountTrouble', 'Alarms', 'Crashes.relay', 'OldestWaiting', 'WebhooksRefused'])
    for (const { MetricName, Dimensions } of own) {
      if (MetricName === 'Crashes.relay') continue
      expect(Object.keys(MEASURES)).toContain(MetricName)
      expect(Dimensions).toEqual([{ Name: 'Stack', Value: 'relay' }])
    }
  })

  test('tell the topic, and take silence for health except of the sweep', () => {
    for (const { AlarmName, AlarmActions, TreatMissingData } of alarms) {
      const isSweep = AlarmName === 'relay: Sweep stopped'
      expect(AlarmActions).toEqual([{ Ref: expect.stringMatching(/^TopicsAlarms/) }])
      expect(TreatMissingData).toBe(isSweep ? 'breaching' : 'notBreaching')
    }
  })

  test('see calls that failed by what Lambda logs of them', () => {
    const pattern = '{ ($.type = "platform.report") && ($.record.status != "success") }'
    const transformation = { MetricNamespace: NAMESPACE, MetricName: 'Crashes.relay', MetricValue: '1' }

    template.resourceCountIs('AWS::Logs::MetricFilter', 2)
    template.allResourcesProperties('AWS::Logs::MetricFilter', {
      FilterPattern: pattern,
      MetricTransformations: [transformation],
    })
    template.allResourcesProperties('AWS::Lambda::Function', {
      LoggingConfig: Match.objectLike({ LogFormat: 'JSON', SystemLogLevel: 'WARN' }),
      Environment: { Variables: Match.objectLike({ RELAY_STACK: 'relay' }) },
    })
  })

  test('cannot be made without saying whom they concern', () => {
    const withoutImpact = (stack: Stack, props: Omit<ConstructorParameters<typeof RelayAlarm>[2], 'impact'>) =>
      // @ts-expect-error: the impact is missing
      new RelayAlarm(stack, 'Silent', props)

    expect(withoutImpact).toBeTypeOf('function')
  })
})

describe('the runbook', () => {
  test.each(SECTIONS)(
    'says of "%s" what it means, who is affected, where to look, what to do and when it is over',
    (title) => {
      const text = RUNBOOK.split(`\n## ${title}\n`)[1]?.split('\n## ')[0] ?? ''

      for (const part of PARTS) expect(text).toContain(`**${part}**`)
    },
  )

  test('knows every alarm that the functions may log', () => {
    const sources = ['shared', 'functions'].flatMap((folder) =>
      readdirSync(folder, { recursive: true, encoding: 'utf8' })
        .filter((file) => file.endsWith('.ts'))
        .map((file) => readFileSync(`${folder}/${file}`, 'utf8')),
    )
    const codes = sources.flatMap((text) => [...text.matchAll(/\.alarm\(\s*'([^']+)'/g)].map(([, code = '']) => code))

    expect(codes.length).toBeGreaterThan(15)
    expect(codes.filter((code) => ![`\`${code}\``, `"${code}"`].some((named) => RUNBOOK.includes(named)))).toEqual([])
  })
})

describe('the topics', () => {
  test('are reached by TLS only', () => {
    template.resourceCountIs('AWS::SNS::Topic', 2)
    template.resourceCountIs('AWS::SNS::TopicPolicy', 2)
    template.allResourcesProperties('AWS::SNS::TopicPolicy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
        ]),
      },
    })
  })

  test('let CloudWatch publish alarms of this account, and nobody else anything', () => {
    const allowed = Object.values(template.findResources('AWS::SNS::TopicPolicy')).flatMap(({ Properties }) =>
      Properties.PolicyDocument.Statement.filter(({ Effect }: { Effect: string }) => Effect === 'Allow'),
    )

    expect(allowed).toEqual([
      expect.objectContaining({
        Principal: { Service: 'cloudwatch.amazonaws.com' },
        Action: 'sns:Publish',
        Resource: { Ref: expect.stringMatching(/^TopicsAlarms/) },
        Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
      }),
    ])
  })

  test('have the subscribers of the configuration', () => {
    const subscriptions = Object.values(template.findResources('AWS::SNS::Subscription')).map(({ Properties }) => [
      Properties.Endpoint,
      Properties.TopicArn.Ref.replace(/[0-9A-F]{8}$/, ''),
    ])

    expect(subscriptions.toSorted()).toEqual([
      ['boss@example.com', 'TopicsAlarms'],
      ['cx@example.com', 'TopicsDropEnds'],
      ['ops@example.com', 'TopicsAlarms'],
    ])
  })

  test('take addresses only', () => {
    const resolve = () => completeRelay({ ...CONFIG, alarms: { email: ['ops'], drops: 'cx@example.com', sms: [] } })

    expect(resolve).toThrow(/alarms\.email: each item must be an e-mail address.*\n.*alarms\.drops: must be a list/)
    expect(resolve).toThrow(/alarms\.sms/)
  })
})

test('the dashboard shows what people ask for, by names that they use', () => {
  const [dashboard] = Object.values(template.findResources('AWS::CloudWatch::Dashboard'))
  const parts: unknown[] = dashboard?.Properties.DashboardBody['Fn::Join'][1]
  const body = JSON.parse(parts.map((part) => (typeof part === 'string' ? part : 'ref')).join(''))
  const titles = body.widgets.map(({ properties }: { properties: { title?: string } }) => properties.title)

  expect(dashboard?.Properties.DashboardName).toBe('relay')
  expect(titles).toEqual([
    undefined,
    'Alarms',
    'Files that came in, a day',
    'Rows in CXI, a day',
    'Rows set aside, a day',
    'Files that need their owner',
    'What the alarms say',
    'Waiting since: the longest, in seconds',
    'Time of an upload to CXI, in seconds',
    'Webhooks, a day',
    'What became of webhooks',
    'Changes that came after their response had been sent',
  ])
})
