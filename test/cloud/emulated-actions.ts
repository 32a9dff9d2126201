/**
 * What AWS authorizes by one action and the emulator asks for by the operation's name.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsqs.html
 */
const OPERATIONS: Record<string, string[]> = { 'sqs:SendMessage': ['sqs:SendMessageBatch'] }

interface Statement {
  Effect: string
  Action: string | string[]
}

/** A template whose policies grant such operations wherever they grant the action that stands for them on AWS. */
export function withEmulatedActions(template: string): string {
  const granted = (value: unknown) => {
    const { Effect, Action } = (value ?? {}) as Statement
    if (Effect !== 'Allow' || Action === undefined) return value
    return { ...(value as Statement), Action: [Action].flat().flatMap((one) => [one, ...(OPERATIONS[one] ?? [])]) }
  }
  return JSON.stringify(JSON.parse(template, (_, value) => granted(value)))
}
