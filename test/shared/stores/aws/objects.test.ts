import { randomBytes } from 'node:crypto'
import { S3Client } from '@aws-sdk/client-s3'
import { afterEach, describe, expect, test } from 'vitest'
import { CLIENT_OPTIONS } from '../../../../shared/stores/aws/client-options.ts'
import { S3ObjectStore } from '../../../../shared/stores/aws/objects.ts'
import { type AwsAnswer, type AwsCall, type Break, type FakeAws, startFakeAws } from '../../../support/fake-aws.ts'
import { bytesOf } from '../../../support/port-suites/objects.ts'

const closing: (() => Promise<void>)[] = []

afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

async function bucket(
  answer: (call: AwsCall, turn: number) => AwsAnswer,
  change: { socketTimeout?: number } = {},
): Promise<[S3ObjectStore, FakeAws]> {
  const aws = await startFakeAws(answer)
  const requestHandler = { ...aws.options.requestHandler, ...change }
  const client = new S3Client({ ...aws.options, requestHandler, responseChecksumValidation: 'WHEN_REQUIRED' })
  closing.push(async () => {
    client.destroy()
    await aws.close()
  })
  return [new S3ObjectStore(client, 'bucket'), aws]
}

const error = (code: string, status: number): AwsAnswer => ({
  status,
  headers: { 'content-type': 'application/xml' },
  body: `<?xml version="1.0"?><Error><Code>${code}</Code><Message>what S3 says</Message></Error>`,
})

describe('reading over a connection that breaks', () => {
  const content = randomBytes(200_000)
  const head = { etag: '"abc"', 'x-amz-version-id': 'v1' }

  /** Serves the object, each connection breaking after so many bytes. */
  const breaking = (breakAfter: number | undefined) => (call: AwsCall) => {
    const from = Number(/^bytes=(\d+)-$/.exec(String(call.headers.range ?? ''))?.[1] ?? 0)
    const body = content.subarray(from)
    const status = call.headers.range === undefined ? 200 : 206
    return {
      status,
      headers: head,
      body,
      ...(breakAfter === undefined || breakAfter >= body.length ? {} : { breakAfter }),
    }
  }

  test('goes on at the next byte of the same version and content', async () => {
    const [objects, aws] = await bucket(breaking(70_000))

    const read = await bytesOf(objects.readDrop({ key: 'inbox/nps/oct.csv', version: 'v1' }))

    expect(read).toEqual(content)
    expect(aws.calls.length).toBeGreaterThan(2)
    for (const { headers, url } of aws.calls.slice(1)) {
      expect(headers['if-match']).toBe('"abc"')
      expect(url.searchParams.get('versionId')).toBe('v1')
    }
  })

  test.each<Break>(['silence', 'end', 'reset'])(
    'FC-19 goes on after a %s behind a line, with every byte of the same version',
    async (breakBy) => {
      const lines = Buffer.from('1790000000,9,an answer,somebody\n'.repeat(31_250))
      const [objects, aws] = await bucket(
        (call) => {
          const from = Number(/^bytes=(\d+)-$/.exec(String(call.headers.range ?? ''))?.[1] ?? 0)
          if (from === 0) return { headers: head, body: lines, breakAfter: 512_000, breakBy }
          return { status: 206, headers: head, body: lines.subarray(from) }
        },
        { socketTimeout: 300 },
      )

      const read = await bytesOf(objects.readDrop({ key: 'inbox/nps/oct.csv', version: 'v1' }))

      expect(Buffer.compare(read, lines)).toBe(0)
      expect(aws.calls).toHaveLength(2)
      expect(aws.calls[1]?.headers['if-match']).toBe('"abc"')
    },
  )

  test('FC-19 waits less than a minute in silence', () => {
    expect(CLIENT_OPTIONS.requestHandler.socketTimeout).toBeLessThan(60_000)
  })

  test('stays with the version that it began with where none was asked for', async () => {
    const [objects, aws] = await bucket(breaking(150_000))

    await bytesOf(objects.read('parts/a/1.csv'))

    expect(aws.calls.map(({ url }) => url.searchParams.get('versionId'))).toEqual([null, 'v1'])
  })

  test('ends with store_unavailable where nothing more comes, again and again', async () => {
    const [objects, aws] = await bucket((call, turn) => (turn === 1 ? breaking(1000)(call) : breaking(0)(call)))

    await expect(bytesOf(objects.read('parts/a/1.csv'))).rejects.toMatchObject({
      code: 'store_unavailable',
      retryable: true,
    })
    expect(aws.calls.length).toBeLessThan(10)
  })

  test('FC-19 says that the object is missing where it was replaced meanwhile', async () => {
    const [objects] = await bucket((call, turn) =>
      turn === 1 ? breaking(1000)(call) : error('PreconditionFailed', 412),
    )

    await expect(bytesOf(objects.read('parts/a/1.csv'))).rejects.toMatchObject({ code: 'object_missing' })
  })
})

describe('creating', () => {
  test('knows its own object again whose answer was lost', async () => {
    const [objects, aws] = await bucket((call, turn) => {
      if (turn === 1) return 'break'
      if (call.method === 'PUT') return error('PreconditionFailed', 412)
      return { headers: { 'x-amz-meta-relay-write': String(aws.calls[0]?.headers['x-amz-meta-relay-write']) } }
    })

    expect(await objects.create('parts/a/1.csv', Buffer.from('text'))).toBe(true)
    expect(aws.calls.map(({ method }) => method)).toEqual(['PUT', 'PUT', 'HEAD'])
    expect(aws.calls[0]?.headers['if-none-match']).toBe('*')
  })

  test("leaves another's object alone", async () => {
    const [objects] = await bucket((call) =>
      call.method === 'PUT'
        ? error('PreconditionFailed', 412)
        : { headers: { 'x-amz-meta-relay-write': 'somebody else' } },
    )

    expect(await objects.create('parts/a/1.csv', Buffer.from('text'))).toBe(false)
  })

  test('waits for the outcome of another write that is under way', async () => {
    const [objects] = await bucket((_, turn) => (turn === 1 ? error('ConditionalRequestConflict', 409) : {}))

    expect(await objects.create('parts/a/1.csv', Buffer.from('text'))).toBe(true)
  })
})

describe('what S3 refuses', () => {
  test('is store_unavailable, and says what to do about missing permissions', async () => {
    const [objects] = await bucket(() => error('AccessDenied', 403))

    await expect(objects.put('receipts/nps/a.json', Buffer.from('secret text'))).rejects.toMatchObject({
      code: 'store_unavailable',
      retryable: true,
      message: expect.stringMatching(
        /^Storing receipts\/nps\/a\.json failed \(AccessDenied\): .*Deploy the stack again/,
      ),
      cause: expect.anything(),
    })
  })

  test('FC-18 is a missing permission with status 403, never a missing file', async () => {
    const [objects] = await bucket((call) => (call.method === 'HEAD' ? { status: 403 } : error('AccessDenied', 403)))
    const drop = { key: 'inbox/nps/oct.csv', version: 'v1' }
    const forbidden = { name: 'StoreForbidden', code: 'store_unavailable', retryable: true }

    await expect(objects.headDrop(drop)).rejects.toMatchObject({
      ...forbidden,
      message: expect.stringMatching(/s3:GetObjectVersion .*kms:Decrypt .*Deploy the stack again/),
    })
    await expect(bytesOf(objects.readDrop(drop))).rejects.toMatchObject(forbidden)
  })

  test('is never taken for a missing file where it may be the credentials', async () => {
    const [objects] = await bucket(() => ({ status: 400 }))
    const drop = { key: 'inbox/nps/oct.csv', version: 'v1' }

    await expect(objects.headDrop(drop)).rejects.toMatchObject({ code: 'store_unavailable' })
  })

  test.each([
    [404, 'NoSuchVersion'],
    [405, 'MethodNotAllowed'],
    [404, 'NoSuchKey'],
  ])('is a missing file with status %i (%s)', async (status, code) => {
    const [objects] = await bucket((call) => (call.method === 'HEAD' ? { status } : error(code, status)))
    const drop = { key: 'inbox/nps/oct.csv', version: 'v1' }

    expect(await objects.headDrop(drop)).toBeUndefined()
    await expect(bytesOf(objects.readDrop(drop))).rejects.toMatchObject({ code: 'object_missing' })
    await expect(objects.markDrop(drop, 'rejected')).resolves.toBeUndefined()
  })
})

test.each([
  ['=?UTF-8?B?w5xiZXJzaWNodCDigJMgUTQ=?=', 'Übersicht – Q4'],
  ['=?utf-8?Q?=C3=9Cbersicht_Q4?=', 'Übersicht Q4'],
  ['=?UTF-8?B?w5xiZXLD?= =?UTF-8?B?nA==?= 2', 'ÜberÜ 2'],
  ['%C3%9Cbersicht', '%C3%9Cbersicht'],
  ['100% gut =?x', '100% gut =?x'],
])('R-03 gives back metadata %s as it was written', async (sent, written) => {
  const [objects] = await bucket(() => ({ headers: { 'x-amz-meta-name': sent } }))

  const head = await objects.headDrop({ key: 'inbox/nps/oct.csv', version: 'v1' })

  expect(head?.metadata).toEqual({ name: written })
})

test('leaves the tags of an owner who has used up all ten', async () => {
  const tags = Array.from({ length: 10 }, (_, index) => `<Tag><Key>k${index}</Key><Value>v</Value></Tag>`).join('')
  const [objects, aws] = await bucket(() => ({
    headers: { 'content-type': 'application/xml' },
    body: `<Tagging><TagSet>${tags}</TagSet></Tagging>`,
  }))

  await objects.markDrop({ key: 'inbox/nps/oct.csv', version: 'v1' }, 'imported')

  expect(aws.calls.map(({ method }) => method)).toEqual(['GET'])
})

test('sends a large stream in pieces and nothing of one that broke off', async () => {
  const [objects, aws] = await bucket((call) =>
    call.url.searchParams.has('uploads')
      ? { body: '<InitiateMultipartUploadResult><UploadId>up</UploadId></InitiateMultipartUploadResult>' }
      : { headers: { etag: '"piece"' }, body: call.method === 'POST' ? '<CompleteMultipartUploadResult/>' : '' },
  )
  async function* stream(breaks: boolean) {
    for (let piece = 0; piece < 5; piece++) yield Buffer.alloc(4_194_304, piece)
    if (breaks) throw new Error('broke off')
  }

  await objects.put('rejected/nps/a.csv', stream(false))
  const whole = aws.calls.splice(0)
  await expect(objects.put('rejected/nps/a.csv', stream(true))).rejects.toThrow('broke off')

  expect(whole.filter(({ method }) => method === 'PUT').map(({ body }) => body.length)).toEqual([
    8_388_608, 8_388_608, 4_194_304,
  ])
  expect(aws.calls.at(-1)?.method).toBe('DELETE')
  expect(aws.calls.filter(({ method }) => method === 'POST')).toHaveLength(1)
})
