import type { PublishCommandInput, SNSClient } from '@aws-sdk/client-sns'
import { onAws } from '../../shared/stores/aws/aws-errors.ts'
import { CLIENT_OPTIONS } from '../../shared/stores/aws/client-options.ts'
import type { Notice } from '../drop-notices.ts'

/** A notice as subscribers get it: sentences by e-mail, JSON for programs. */
export function publication(notice: Notice): Omit<PublishCommandInput, 'TopicArn'> {
  return {
    // Subjects are ASCII and at most 100 characters, so the file's name stands in the message only.
    Subject: `cxi-relay: a file was ${notice.state === 'partial' ? 'imported in part' : 'rejected'}`,
    Message: JSON.stringify({ default: JSON.stringify(notice), email: sentencesOf(notice) }),
    MessageStructure: 'json',
  }
}

/** Publishes to a topic. The client is loaded when there is something to say, which is seldom. */
export function publisherTo(TopicArn: string): (notice: Notice) => Promise<void> {
  let client: SNSClient | undefined
  return async (notice) => {
    const { PublishCommand, SNSClient } = await import('@aws-sdk/client-sns')
    client ??= new SNSClient(CLIENT_OPTIONS)
    const command = new PublishCommand({ ...publication(notice), TopicArn })
    await onAws('Publishing a notice', () => client?.send(command) ?? Promise.reject(new Error('There is no client.')))
  }
}

function sentencesOf({ drop, state, rows, code, receipt }: Notice): string {
  const rejected = `It was rejected (${code}); none of its rows are in CXI.`
  const partial = `Rows in CXI: ${rows.imported}. Rows set aside: ${rows.set_aside}.`
  return [
    drop,
    state === 'partial' ? partial : rejected,
    `The receipt says why: ${receipt}`,
    'Mend the rows that lie in rejected/, or the file itself, and drop it again.',
  ].join('\n\n')
}
