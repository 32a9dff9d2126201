import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { App, Stack } from 'aws-cdk-lib'
import { Template } from 'aws-cdk-lib/assertions'
import { RelayStack } from '../../infra/relay-stack.ts'
import { completeRelay } from '../../shared/config/resolve.ts'
import type { RelayConfig } from '../../shared/config/types.ts'

const { context } = JSON.parse(readFileSync('cdk.json', 'utf8')) as { context: Record<string, unknown> }

export const CONFIG: RelayConfig = {
  accounts: { main: { secret: 'cxi-relay/main' }, eu: { secret: 'cxi-relay/eu' } },
  sources: { nps: { account: 'main' }, shop: { account: 'eu' } },
}

/** The same with a door for two survey tools, one of which delivers ids only. */
export const WITH_WEBHOOKS: RelayConfig = {
  ...CONFIG,
  sources: {
    ...CONFIG.sources,
    'typeform-nps': { account: 'main', webhook: { provider: 'typeform', secret: 'cxi-relay/typeform' } },
    surveymonkey: { account: 'eu', webhook: { provider: 'surveymonkey', secret: 'cxi-relay/monkey' } },
    zapier: { account: 'eu', webhook: { provider: 'generic', secret: 'cxi-relay/zapier' } },
  },
}

export interface SynthesizedStack {
  app: App
  stack: RelayStack
  template: Template
  remove(): Promise<void>
}

/** The first one takes the longest, and minutes where the machine does much else. */
export const SYNTH_WITHIN_MS = 240_000

let usual: Promise<SynthesizedStack> | undefined

/** The stack that several files look at, and none changes. */
export const usualStack = (): Promise<SynthesizedStack> => {
  usual ??= synthesize()
  return usual
}

/** The stack of a configuration, without bundling, which is tested by itself. */
export async function synthesize(
  config: RelayConfig = CONFIG,
  switches: Record<string, string> = {},
): Promise<SynthesizedStack> {
  const outdir = await mkdtemp(join(tmpdir(), 'relay-synth-'))
  const remove = () => rm(outdir, { recursive: true, force: true })
  try {
    return { ...synthesizeInto(outdir, config, switches), remove }
  } catch (error) {
    await remove()
    throw error
  }
}

function synthesizeInto(outdir: string, config: RelayConfig, switches: Record<string, string>) {
  const app = new App({
    outdir,
    context: { ...context, ...switches, 'aws:cdk:bundling-stacks': [] },
    analyticsReporting: false,
  })
  const stack = new RelayStack(app, 'relay', { relay: completeRelay(config), configFile: 'relay.config.ts' })
  return { app, stack, template: Template.fromStack(Stack.of(stack)) }
}

interface Statement {
  Action: string | string[]
  Effect: string
  Resource: unknown
  Condition?: unknown
}

/** Everything that a role may do, as `action on resource`, from its inline and its attached policies. */
export function grantsOf(template: Template, roleDescription: string): string[] {
  const roles = template.findResources('AWS::IAM::Role', { Properties: { Description: roleDescription } })
  const [roleId] = Object.keys(roles)
  const inline = Object.values(roles).flatMap((role) => role.Properties.Policies ?? [])
  const attached = Object.values(template.findResources('AWS::IAM::Policy')).filter((policy) =>
    (policy.Properties.Roles as { Ref: string }[]).some(({ Ref }) => Ref === roleId),
  )
  const documents = [...inline, ...attached.map(({ Properties }) => Properties)]
  return documents
    .flatMap(({ PolicyDocument }) => PolicyDocument.Statement as Statement[])
    .flatMap(({ Action, Resource }) =>
      [Action].flat().flatMap((action) => [Resource].flat().map((resource) => `${action} on ${nameOf(resource)}`)),
    )
    .sort()
}

/** A resource of a policy in a short form: `Ledger`, `Bucket/inbox/*`. */
function nameOf(resource: unknown): string {
  if (typeof resource === 'string') return resource
  const { 'Fn::GetAtt': attribute, 'Fn::Join': join, Ref } = resource as Record<string, unknown>
  if (Array.isArray(attribute)) return shortName(String(attribute[0]))
  if (typeof Ref === 'string') return shortName(Ref)
  if (Array.isArray(join)) return (join[1] as unknown[]).map(nameOf).join('')
  return JSON.stringify(resource)
}

const shortName = (id: string) =>
  id.replace(/[0-9A-F]{8}$/, '').replace(/^(Store|DropDoor|DueWork|WebhookDoor|Exports)(Files|Secrets)?/, '')
