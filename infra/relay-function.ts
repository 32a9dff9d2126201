import { join } from 'node:path'
import { AssetHashType, DockerImage, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib'
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import {
  Architecture,
  Code,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
  SystemLogLevel,
} from 'aws-cdk-lib/aws-lambda'
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs'
import { Construct } from 'constructs'
import { acknowledge } from './acknowledge.ts'
import { bundleFunction } from './bundle.ts'

export interface RelayFunctionProps {
  /** Folder of `functions/` that holds its `index.ts`. */
  name: string
  /** What it does, as the console shows it. */
  description: string
  /** Path of the configuration that becomes part of the bundle. */
  configFile: string
  environment: Record<string, string>
  /** Everything that it may do, besides writing its log and what its event source grants. */
  statements: PolicyStatement[]
  /** @default 15 minutes, the longest there is */
  timeout?: Duration
  /** Processor time comes with memory: 1769 MB are one core. @default 512 */
  memorySize?: number
}

/** A Lambda function with the house defaults: Node 24 on arm64, its own log group, and a role without managed policies. */
export class RelayFunction extends Construct {
  readonly lambda: LambdaFunction
  readonly logGroup: LogGroup

  constructor(scope: Construct, id: string, props: RelayFunctionProps) {
    super(scope, id)
    this.logGroup = new LogGroup(this, 'Log', {
      retention: RetentionDays.THREE_MONTHS,
      removalPolicy: RemovalPolicy.DESTROY,
    })
    const ownLog = new PolicyStatement({
      actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      resources: [this.logGroup.logGroupArn],
    })
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      description: `${Stack.of(this).stackName}: ${props.name}`,
      inlinePolicies: { Work: new PolicyDocument({ statements: [ownLog, ...props.statements] }) },
    })
    this.lambda = new LambdaFunction(this, 'Function', {
      description: props.description,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      handler: 'index.handler',
      code: bundledCode(props.name, props.configFile),
      timeout: props.timeout ?? Duration.minutes(15),
      memorySize: props.memorySize ?? 512,
      environment: {
        ...props.environment,
        RELAY_STACK: Stack.of(this).stackName,
        NODE_OPTIONS: '--enable-source-maps',
      },
      role,
      logGroup: this.logGroup,
      loggingFormat: LoggingFormat.JSON,
      // Lambda's own lines, three for each call, cost more than ours and say nothing unless a call failed.
      systemLogLevelV2: SystemLogLevel.WARN,
    })
    for (const [finding, reason] of Object.entries(ACKNOWLEDGED)) acknowledge(this.lambda, reason, finding)
  }
}

const ACKNOWLEDGED = {
  'Serverless-LambdaDLQ':
    'Whoever calls keeps what failed: SQS its message, a sender its delivery; and the next minute brings the next sweep.',
  'Serverless-LambdaEventSourceMappingDestination':
    'Lambda has no such destination for SQS; what fails goes to the dead letters of the queue.',
  'Serverless-LambdaTracing':
    'Each step is a line of the log with the id of its call, which tells what a trace would, without its price.',
}

/** Code that is bundled on this machine, without Docker; known by what came out, so that the same is not put again. */
function bundledCode(name: string, configFile: string): Code {
  return Code.fromAsset(join(import.meta.dirname, '..', 'functions', name), {
    assetHashType: AssetHashType.OUTPUT,
    bundling: {
      image: DockerImage.fromRegistry('never-used'),
      local: {
        tryBundle(outputDir) {
          bundleFunction(name, outputDir, configFile)
          return true
        },
      },
    },
  })
}
