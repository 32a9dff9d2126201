import { PutObjectCommand } from '@aws-sdk/client-s3'
import { SendMessageCommand } from '@aws-sdk/client-sqs'
import { beforeAll, describe, expect, inject, test } from 'vitest'
import type { Receipt } from '../../shared/imports/receipt.ts'
import { type Drop, dropGroup, SELF } from '../../shared/imports/records.ts'
import { csvOf, DEMO, Door, type Dropped } from './door.ts'

// The account `main`: its tests run one after another, since they move the clock of its CXI, and kill what sends.
const outputs = inject('outputs')
const door = new Door('main')
const OTHER_CREDENTIALS = {
  grant_type: 'password',
  username: 'demo@example.com',
  password: 'demo',
  account_token: 'NPS-DEMO',
}
const SEND_PART = outputs.SendPart ?? ''

const tokenRequests = async () => (await door.stats()).requests['POST /oauth/token'] ?? 0

/** Receipts of every source of the account. */
async function receiptsOfAll(): Promise<Receipt[]> {
  const keys = await Promise.all(['nps', 'private', 'strict'].map((source) => door.keys(`receipts/${source}/`)))
  return Promise.all(keys.flat().map(async (key) => JSON.parse(await door.text(key)) as Receipt))
}

/** Stored parts of the account's files; those of other accounts come and go meanwhile. */
async function partsLeft(): Promise<string[]> {
  const ids = (await receiptsOfAll()).flatMap(({ id }) => id ?? [])
  const drops = await Promise.all(ids.map((id) => door.ledger.get<Drop>(dropGroup(id), SELF)))
  return (await Promise.all(drops.map((drop) => door.keys(`parts/${drop?.value.cutId}/`)))).flat()
}

/** A process remembers for a minute what it has read; one that is gone does not. */
const forgetSecrets = () => door.kill(SEND_PART)

let tokensBefore = 0

beforeAll(async () => {
  tokensBefore = (await door.stats()).tokens_issued
})

describe('a stack that was just deployed', () => {
  test('keeps a file that comes before the credentials, and imports it when they are pasted', async () => {
    const dropped = await door.drop('nps/first.csv', csvOf('first', 3))
    // The account is known to be out of order: sending was tried.
    await expect.poll(() => door.pausedFor()).toBe('credentials_missing')
    expect(await door.receipts(dropped.key)).toEqual([])

    await door.pasteCredentials(DEMO)
    await forgetSecrets()

    const receipt = await door.sweptUntilReceipt(dropped.key)
    expect(receipt).toMatchObject({ state: 'imported', rows: { read: 3, imported: 3 } })
    expect(await door.usersOf('first')).toHaveLength(3)
  })
})

describe('dropped files', () => {
  test('a small one is in CXI with its metadata, tagged, and leaves no part behind', async () => {
    const dropped = await door.drop('nps/2026/Ünïcode + (1) 100%.csv', csvOf('small', 5), {
      Metadata: { name: 'M%C3%A4rz', 'tag-names': 'Other', projects: 'Cloud project' },
      Tagging: 'owner=somebody',
    })

    const receipt = await door.untilReceipt(dropped.key)

    expect(receipt).toMatchObject({
      drop: dropped.key,
      state: 'imported',
      rows: { read: 5, imported: 5, set_aside: 0 },
      import: { name: 'März', source: 'Website survey', metric_type: 'nps', tag_names: ['OTHER'] },
    })
    await door.untilTagged(dropped, 'imported')
    expect(await door.tagsOf(dropped)).toEqual({ owner: 'somebody', 'cxi-relay': 'imported' })
    const [found] = (await door.imports()).filter(({ id }) => id === receipt.parts[0]?.import_id)
    expect(found).toMatchObject({ name: 'März', source: 'Website survey', metric_type: 'nps', language: 'en' })
    expect(found?.responses.map(({ user_id }) => user_id)).toEqual(
      Array.from({ length: 5 }, (_, row) => `small-${row}`),
    )
  })

  test('the same content twice is one import and a duplicate', async () => {
    const content = csvOf('same', 4)
    const one = await door.drop('nps/same.csv', content)
    const another = await door.drop('nps/same again.csv', content)

    const states = [(await door.sweptUntilReceipt(one.key)).state, (await door.sweptUntilReceipt(another.key)).state]

    expect(states.sort()).toEqual(['duplicate', 'imported'])
    expect(await door.usersOf('same')).toHaveLength(4)
  })

  test('two versions of one key are two files', async () => {
    const first = await door.drop('nps/twice.csv', csvOf('version1', 1))
    const second = await door.drop('nps/twice.csv', csvOf('version2', 1))

    const receipts = await door.untilReceipts(first.key, 2)

    expect(receipts.map(({ state }) => state)).toEqual(['imported', 'imported'])
    expect([await door.usersOf('version1'), await door.usersOf('version2')]).toEqual([['version1-0'], ['version2-0']])
    for (const dropped of [first, second]) await door.untilTagged(dropped, 'imported')
  })

  test('an event that S3 delivers again changes nothing', async () => {
    const dropped = await door.drop('nps/again.csv', csvOf('again', 2))
    const before = await door.untilReceipt(dropped.key)
    const object = { key: encodeURIComponent(dropped.key).replaceAll('%2F', '/'), versionId: dropped.version }
    const record = { eventSource: 'aws:s3', eventName: 'ObjectCreated:Put', s3: { object } }
    const message = { QueueUrl: outputs.ArrivalsQueue, MessageBody: JSON.stringify({ Records: [record] }) }

    await door.clients.sqs.send(new SendMessageCommand(message))
    await door.clients.sqs.send(new SendMessageCommand(message))
    await door.untilReceipt((await door.drop('nps/after.csv', csvOf('after', 1))).key)

    expect(await door.receipts(dropped.key)).toEqual([before])
    expect(await door.usersOf('again')).toHaveLength(2)
  })

  test('bad ones are rejected with the reason, and nothing of them is sent', async () => {
    const imports = (await door.imports()).length
    const bad = {
      'nobody/a.csv': [csvOf('bad', 1), 'unknown_source'],
      'nps/empty.csv': ['', 'file_empty'],
      'nps/workbook.csv': [Buffer.from('504b0304140006000800000021', 'hex'), 'not_a_csv'],
      'nps/columns.csv': ['score,feedback\n9,text\n', 'feedback_date_column_missing'],
      'strict/one bad row.csv': [`${csvOf('bad', 2)}no date,9,text,bad-2\n`, 'rows_not_valid'],
    } as const

    const drops = Object.entries(bad).map(async ([key, [content]]) => door.drop(key, content))
    for (const [at, [, code]] of Object.values(bad).entries()) {
      const dropped = (await drops[at]) as Dropped
      expect(await door.untilReceipt(dropped.key)).toMatchObject({ state: 'rejected', error: { code } })
      await door.untilTagged(dropped, 'rejected')
    }

    expect(await door.imports()).toHaveLength(imports)
  })

  test('bad rows are set aside with the reason, the others imported', async () => {
    const dropped = await door.drop('nps/partly.csv', `${csvOf('partly', 2)}no date,9,text,partly-2\n`)

    const receipt = await door.untilReceipt(dropped.key)

    expect(receipt).toMatchObject({ state: 'partial', rows: { read: 3, imported: 2, set_aside: 1 } })
    expect(receipt.problems).toMatchObject([{ row: 4, code: 'feedback_date_invalid' }])
    const [rejected] = await door.keys('rejected/nps/partly.csv.')
    expect(await door.text(rejected ?? '')).toContain('no date,9,text,partly-2')
    expect(await door.usersOf('partly')).toHaveLength(2)
  })

  test('a hashed column is hashed with the key that the stack made', async () => {
    const one = await door.drop(
      'private/one.csv',
      'feedback_date,feedback,user_id\n1790000000,hashed one,a@example.com\n',
    )
    const two = await door.drop(
      'private/two.csv',
      'feedback_date,feedback,user_id\n1790000000,hashed two,a@example.com\n',
    )
    for (const { key } of [one, two]) expect((await door.untilReceipt(key)).state).toBe('imported')

    const hashed = (await door.responses()).filter(({ feedback }) => feedback.startsWith('hashed'))

    expect(hashed).toHaveLength(2)
    expect(new Set(hashed.map(({ user_id }) => user_id)).size).toBe(1)
    expect(hashed[0]?.user_id).not.toContain('@')
  })

  test('an empty folder made in the console is no file', async () => {
    const Key = 'inbox/nps/folder/'
    await door.clients.s3.send(new PutObjectCommand({ Bucket: door.bucket, Key, Body: Buffer.alloc(0) }))
    await door.untilReceipt((await door.drop('nps/folder/in it.csv', csvOf('folder', 1))).key)

    expect(await door.keys('receipts/nps/folder/')).toHaveLength(1)
  })
})

describe('trouble on the way', () => {
  test('an upload whose answer is lost is found again, and not sent twice', async () => {
    await door.control('PUT', 'faults', {
      rules: [{ match: 'POST /v1/imports', do: 'drop-after', times: 1 }],
    })
    const dropped = await door.drop('nps/lost.csv', csvOf('lost', 6))

    await expect.poll(async () => (await door.usersOf('lost')).length).toBe(6)
    const receipt = await door.sweptUntilReceipt(dropped.key)

    expect(receipt.state).toBe('imported')
    expect(await door.usersOf('lost')).toHaveLength(6)
  })

  test('a function that is killed while it uploads is continued by another', async () => {
    const uploads = (await door.stats()).requests['POST /v1/imports'] ?? 0
    await door.control('PUT', 'faults', {
      rules: [{ match: 'POST /v1/imports', do: 'delay', ms: 1500, times: 1 }],
    })
    const dropped = await door.drop('nps/killed.csv', csvOf('killed', 7))
    await expect.poll(async () => (await door.stats()).requests['POST /v1/imports']).toBe(uploads + 1)

    expect(await door.kill(SEND_PART)).toBeGreaterThan(0)
    const receipt = await door.sweptUntilReceipt(dropped.key)

    expect(receipt.state).toBe('imported')
    expect(await door.usersOf('killed')).toHaveLength(7)
  })

  test('credentials that were rotated are read and used at the first refusal, without a deployment', async () => {
    await door.pasteCredentials(OTHER_CREDENTIALS)
    const before = await tokenRequests()
    await door.control('POST', 'clock', { advance_seconds: 10_000 })
    await door.control('PUT', 'faults', {
      rules: [{ match: 'POST /oauth/token', fields: { grant_type: DEMO.grant_type }, do: 'status', status: 401 }],
    })

    const dropped = await door.drop('nps/rotated.csv', csvOf('rotated', 2))

    expect((await door.untilReceipt(dropped.key)).state).toBe('imported')
    expect(await door.usersOf('rotated')).toHaveLength(2)
    // One is refused and one is not, unless a process began and never knew the old ones; or one more did know them.
    const asked = (await tokenRequests()) - before
    expect(asked).toBeGreaterThanOrEqual(1)
    expect(asked).toBeLessThanOrEqual(4)
    await door.control('PUT', 'faults', { rules: [] })
  })

  test('credentials that are wrong hold files up, and lose none', async () => {
    await door.pasteCredentials({ ...DEMO, client_secret: 'outdated' })
    await forgetSecrets()
    await door.control('POST', 'clock', { advance_seconds: 10_000 })
    const dropped = await door.drop('nps/held up.csv', csvOf('heldup', 2))
    // Only then is nobody asking for a token: one that is killed while it asks lets the others wait for its lease.
    await expect.poll(() => door.pausedFor()).toBe('token_refused')
    expect(await door.receipts(dropped.key)).toEqual([])

    await door.pasteCredentials(DEMO)
    await forgetSecrets()
    const receipt = await door.sweptUntilReceipt(dropped.key)

    expect(receipt.state).toBe('imported')
    expect(await door.usersOf('heldup')).toHaveLength(2)
  })
})

describe('in the end', () => {
  test("every import is confirmed by CXI's own count, and no part is left", async () => {
    await door.control('POST', 'clock', { advance_seconds: 60 })

    await door.sweptUntil(
      async () => (await receiptsOfAll()).flatMap((receipt) => receipt.parts),
      (parts) => parts.every(({ state }) => state === 'confirmed'),
      { message: 'confirmed parts', pass: () => door.minutesPass({ counts: true }) },
    )
    // A part's object goes after its record says so.
    await expect.poll(partsLeft).toEqual([])
  })

  test('CXI holds every row that receipts say was imported, and no other', async () => {
    const imported = (await receiptsOfAll()).reduce((sum, { rows }) => sum + rows.imported, 0)

    expect(await door.responses()).toHaveLength(imported)
  })

  test('a token was asked for once in each of its lifetimes, and once more where credentials were rotated', async () => {
    // Three lifetimes, as the clock was moved on twice. Each time a function may still have known the old credentials.
    expect((await door.stats()).tokens_issued - tokensBefore).toBeLessThanOrEqual(3 + 3)
  })
})
