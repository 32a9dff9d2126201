import { S3Client } from '@aws-sdk/client-s3'
import { afterEach, expect, test } from 'vitest'
import { S3ObjectStore } from '../../shared/stores/aws/objects.ts'
import { type AwsCall, type FakeAws, startFakeAws } from '../support/fake-aws.ts'
import { csvOf, World } from '../support/world.ts'
import { zipFile } from '../support/zip-file.ts'
import { AwsHome } from './aws-home.ts'
import { s3Event, s3Record } from './events.ts'

const KEY = 'inbox/nps/oct.zip'
const ROWS = 2000
const ZIP = zipFile([
  { name: 'a.csv', content: csvOf(ROWS) },
  { name: '__MACOSX/._a.csv', content: '\0\x05\x16\x07' },
  { name: 'b.csv', content: `${csvOf(ROWS, 10_000)}never,9,bad,u\n`, isStored: true },
])

const closing: (() => Promise<void>)[] = []

afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

function drop(home: AwsHome, zip: Uint8Array = ZIP): void {
  const { version } = home.world.objects.putDrop(KEY, zip)
  home.queues.arrivals.push(s3Event(s3Record(KEY, version)))
}

/** Lets the home read what is dropped from a bucket whose every connection breaks after so many bytes. */
async function readOverBreaks(home: AwsHome, breakAfter: number): Promise<FakeAws> {
  const aws = await startFakeAws((call: AwsCall) => {
    const from = Number(/^bytes=(\d+)-$/.exec(String(call.headers.range ?? ''))?.[1] ?? 0)
    const body = ZIP.subarray(from)
    const headers = { etag: '"abc"', 'x-amz-version-id': 'v1' }
    return { status: from > 0 ? 206 : 200, headers, body, ...(breakAfter < body.length ? { breakAfter } : {}) }
  })
  const client = new S3Client({ ...aws.options, responseChecksumValidation: 'WHEN_REQUIRED' })
  closing.push(async () => {
    client.destroy()
    await aws.close()
  })
  const bucket = new S3ObjectStore(client, 'bucket')
  home.world.objects.readDrop = (object) => bucket.readDrop(object) as AsyncGenerator<Uint8Array>
  return aws
}

async function expectImported(home: AwsHome): Promise<void> {
  const receipt = await home.world.receipt()
  expect(receipt).toMatchObject({
    state: 'partial',
    rows: { read: 2 * ROWS + 1, imported: 2 * ROWS, set_aside: 1 },
    files: [
      { file: 'a.csv', rows: { imported: ROWS }, set_aside_file: null },
      { file: 'b.csv', rows: { imported: ROWS, set_aside: 1 } },
    ],
    ignored_files: ['__MACOSX/._a.csv'],
    problems: [{ file: 'b.csv', row: ROWS + 2 }],
  })
  expect(new Set(home.world.cxi.rows()).size).toBe(2 * ROWS)
  expect(home.world.cxi.rows()).toHaveLength(2 * ROWS)
  expect(await home.world.keys('rejected/')).toEqual([receipt.files[1]?.set_aside_file])
  expect(home.world.objects.ends.get(KEY)).toBe('partial')
}

test('imports every CSV of a zip in the bucket, and confirms its parts', async () => {
  const home = new AwsHome()
  drop(home)

  await home.deliver()
  await expectImported(home)
  await home.pass(2)

  expect((await home.world.receipt()).parts).toMatchObject([
    { part: 1, file: 'a.csv', state: 'confirmed' },
    { part: 2, file: 'b.csv', state: 'confirmed' },
  ])
  expect(await home.world.keys('parts/')).toEqual([])
})

test('unpacks a zip on, at the next byte, when the connection to the bucket breaks again and again', async () => {
  const home = new AwsHome()
  const aws = await readOverBreaks(home, 10_007)
  drop(home)

  await home.deliver()

  await expectImported(home)
  expect(aws.calls.length).toBeGreaterThan(5)
  expect(aws.calls[1]?.headers.range).toMatch(/^bytes=\d+-$/)
})

test('reads an archive once more for the parts that CXI refused, whichever file they come from', async () => {
  const world = new World()
  world.maxPartBytes = 30_000
  world.cxi.onUpload = ({ bytes }) => {
    if (Buffer.from(bytes).includes('answer 10000,')) world.cxi.faults.push({ status: 422, message: 'bad' })
  }
  const home = new AwsHome(world)
  await readOverBreaks(home, 50_021)
  drop(home)

  await home.deliver()

  const receipt = await world.receipt()
  const refused = receipt.parts.find(({ state }) => state === 'refused')
  const rows = refused?.rows ?? 0
  expect(refused?.file).toBe('b.csv')
  expect(receipt.files.map(({ rows: own }) => own.set_aside)).toEqual([0, rows + 1])
  expect((await world.text(receipt.files[1]?.set_aside_file ?? '')).match(/refused_by_cxi/g)).toHaveLength(rows)
  expect(new Set(world.cxi.rows()).size).toBe(2 * ROWS - rows)
})
