import { CopyObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import { CreateScheduleCommand, GetScheduleCommand, ListSchedulesCommand } from '@aws-sdk/client-scheduler'
import { SendMessageCommand } from '@aws-sdk/client-sqs'
import { createTransport } from 'nodemailer'
import { beforeAll, describe, expect, inject, test } from 'vitest'
import type { ExportReceipt } from '../../shared/exports/receipt.ts'
import { sesMessage, type Verdicts } from '../functions/export-home.ts'
import { csvOf, DEMO, Door } from './door.ts'

// The account `archive`: its tests run one after another, since they move the clock of its CXI.
const outputs = inject('outputs')
const door = new Door('archive')
const { scheduler, s3, sqs } = door.clients
const MAILS = 'mail/archive/'
const GROUP = outputs.ExportSchedules ?? ''

interface SentMail {
  to: string
  subject: string
  text: string
  sent_at: string
}

/** How often CXI began an export. */
async function begun(): Promise<number> {
  const { statuses } = await door.control<{ statuses: Record<string, Record<string, number>> }>('GET', 'stats')
  return statuses['POST /v1/exports']?.['201'] ?? 0
}

/** How often a mailed link led to an error. */
async function failures(): Promise<number> {
  const { statuses } = await door.control<{ statuses: Record<string, Record<string, number>> }>('GET', 'stats')
  const ofLinks = Object.entries(statuses).filter(([request]) => request.startsWith('GET /exports/'))
  return ofLinks.reduce((sum, [, byStatus]) => sum + (byStatus['503'] ?? 0), 0)
}

const mails = () => door.control<SentMail[]>('GET', 'mail')

async function receipts(): Promise<ExportReceipt[]> {
  const keys = (await door.keys('exports/')).filter((key) => key.endsWith('.json'))
  return Promise.all(keys.map(async (key) => JSON.parse(await door.text(key)) as ExportReceipt))
}

async function untilReceipts(count: number): Promise<ExportReceipt[]> {
  const found = await door.sweptUntil(receipts, ({ length }) => length >= count, { message: 'receipts of exports' })
  expect(found).toHaveLength(count)
  return found
}

async function untilKept(count: number): Promise<string[]> {
  await expect.poll(() => door.keys('mail/kept/')).toHaveLength(count)
  return door.keys('mail/kept/')
}

/** The deployed schedule of a type, as Scheduler has it. */
async function scheduleOf(type: string) {
  const { Schedules = [] } = await scheduler.send(new ListSchedulesCommand({ GroupName: GROUP }))
  for (const { Name } of Schedules) {
    const schedule = await scheduler.send(new GetScheduleCommand({ GroupName: GROUP, Name }))
    if (schedule.Description?.startsWith(`${type} of account`)) return schedule
  }
  throw new Error(`There is no schedule of ${type}.`)
}

/** What Scheduler sends when the time of a schedule has come. */
async function fire(type: string, time: string): Promise<void> {
  const { Target } = await scheduleOf(type)
  const MessageBody = Target?.Input?.replace('<aws.scheduler.scheduled-time>', time) ?? ''
  await sqs.send(new SendMessageCommand({ QueueUrl: outputs.ExportsQueue, MessageBody }))
}

async function putMail(name: string, { to, subject, text, sent_at }: SentMail): Promise<void> {
  const writer = createTransport({ streamTransport: true, buffer: true })
  const from = 'no-reply@wootric.com'
  const { message } = await writer.sendMail({ from, to, subject, text, date: sent_at, messageId: `<${sent_at}@cxi>` })
  await s3.send(new PutObjectCommand({ Bucket: door.bucket, Key: `${MAILS}${name}`, Body: message as Buffer }))
}

/** What SES says by way of SNS of a mail that it put into the bucket. */
async function notify(name: string, verdicts: Verdicts = {}): Promise<void> {
  const MessageBody = sesMessage(`${MAILS}${name}`, verdicts, door.bucket)
  await sqs.send(new SendMessageCommand({ QueueUrl: outputs.CollectsQueue, MessageBody }))
}

/** Waits until CXI has begun an export, lets it be ready, and answers its mail. */
async function mailed(before: number): Promise<SentMail> {
  await expect.poll(begun, { message: 'exports that CXI began' }).toBe(before + 1)
  await door.control('POST', 'clock', { advance_seconds: 61 })
  const [mail] = await mails()
  if (!mail) throw new Error('CXI has sent no mail.')
  return mail
}

beforeAll(async () => {
  await door.pasteCredentials(DEMO)
})

describe('exports', () => {
  test('are asked for by a schedule that fires, and the mail that somebody saves brings the file', async () => {
    const { key } = await door.drop('counter/to-be-exported.csv', csvOf('exported', 3))
    await door.sweptUntilReceipt(key)
    const before = await begun()
    const { Target, Description } = await scheduleOf('responses')
    const ScheduleExpression = `at(${new Date().toISOString().slice(0, 19)})`
    const schedule = { GroupName: GROUP, Name: 'now', ScheduleExpression, Target, Description }
    await scheduler.send(new CreateScheduleCommand({ ...schedule, FlexibleTimeWindow: { Mode: 'OFF' } }))

    const mail = await mailed(before)
    await putMail('saved by hand.eml', mail)

    const [receipt] = await untilReceipts(1)
    const csv = await door.text(receipt?.file ?? '')
    expect(receipt).toMatchObject({ type: 'responses', account: 'archive', schedule: { cron: '0 6 1 1 *' } })
    expect(receipt?.rows).toBe((await door.responses()).length)
    expect(csv).toContain('exported-2')
    // It is copied there, then removed where it lay.
    await expect.poll(() => door.keys('mail/')).toEqual([expect.stringMatching(/^mail\/done\/.*saved by hand\.eml$/)])
  })

  test('of one time are asked for once, and a mail that is told of twice is collected once', async () => {
    const before = await begun()
    const time = new Date(Date.now() + 60_000).toISOString()
    await fire('responses', time)
    await fire('responses', time)

    const mail = await mailed(before)
    await putMail('o3vrnil0e2ic28trm7dfhrc2v0', mail)
    await notify('o3vrnil0e2ic28trm7dfhrc2v0')
    await notify('o3vrnil0e2ic28trm7dfhrc2v0')

    await untilReceipts(2)
    await putMail('again', mail)
    await notify('again')
    await expect.poll(() => door.keys('mail/done/')).toHaveLength(3)
    expect(await receipts()).toHaveLength(2)
    expect(await begun()).toBe(before + 1)
  })

  test('are not brought by a mail with a virus, which is kept until somebody moves it back', async () => {
    const before = await begun()
    await fire('responses', new Date(Date.now() + 120_000).toISOString())
    const mail = await mailed(before)
    await putMail('ill', mail)
    await notify('ill', { virus: 'FAIL' })
    const [kept] = await untilKept(1)
    expect(await receipts()).toHaveLength(2)

    const CopySource = encodeURI(`${door.bucket}/${kept}`)
    await s3.send(new CopyObjectCommand({ Bucket: door.bucket, Key: `${MAILS}again.eml`, CopySource }))

    expect(await untilReceipts(3)).toHaveLength(3)
  })

  test('outlast an outage of what the mail leads to, and are not asked for again', async () => {
    const before = await begun()
    await fire('responses', new Date(Date.now() + 180_000).toISOString())
    const mail = await mailed(before)
    await door.control('PUT', 'faults', { seed: 1, rules: [{ match: 'GET /exports', do: 'status', status: 503 }] })
    await putMail('in-an-outage', mail)
    await notify('in-an-outage')
    await expect.poll(failures).toBeGreaterThan(0)
    expect(await receipts()).toHaveLength(3)

    await door.control('PUT', 'faults', { seed: 1, rules: [] })

    expect(await untilReceipts(4)).toHaveLength(4)
    expect(await begun()).toBe(before + 1)
  })
})
