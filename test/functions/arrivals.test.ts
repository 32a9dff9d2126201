import { describe, expect, test } from 'vitest'
import { arrivalsIn } from '../../functions/import-drop/arrivals.ts'
import { recordMessage } from '../../functions/record-message.ts'
import { s3Event, s3Record, TEST_EVENT } from './events.ts'

const VERSION = '096fKKXTRTtl3on89fVO.nfljtsv6qko'

describe('what an event of S3 tells', () => {
  test.each([
    ['inbox/nps/oct.csv', 'inbox/nps/oct.csv'],
    ['inbox/nps/Q4+results+%281%29.csv', 'inbox/nps/Q4 results (1).csv'],
    ['inbox/nps/a%2Bb%20c.csv', 'inbox/nps/a+b c.csv'],
    ['inbox/nps/%C3%9Cbersicht+100%25.csv', 'inbox/nps/Übersicht 100%.csv'],
    ['inbox/nps/2026/%F0%9F%98%80.csv', 'inbox/nps/2026/😀.csv'],
    ['inbox/nps/100%', 'inbox/nps/100%'],
  ])('reads the key %s as %s', (encoded, key) => {
    expect(arrivalsIn(s3Event(s3Record(encoded, VERSION))).objects).toEqual([{ key, version: VERSION }])
  })

  test.each([
    ['inbox/nps/100%25+zufrieden%2Bumfrage.csv', 'inbox/nps/100% zufrieden+umfrage.csv'],
    ['inbox/nps/a%252Bb.csv', 'inbox/nps/a%2Bb.csv'],
    ['inbox/nps/u%CC%88b.csv', 'inbox/nps/u\u0308b.csv'],
    ['inbox/nps/100% gut.csv', 'inbox/nps/100% gut.csv'],
  ])('R-09 reads the key %s once, and keeps its bytes', (encoded, key) => {
    expect(arrivalsIn(s3Event(s3Record(encoded, VERSION))).objects).toEqual([{ key, version: VERSION }])
  })

  test('reads every record of an event, in whatever way the object was made', () => {
    const records = ['Put', 'Post', 'Copy', 'CompleteMultipartUpload'].map((way, index) =>
      s3Record(`inbox/nps/${index}.csv`, `v${index}`, `ObjectCreated:${way}`),
    )

    const { objects } = arrivalsIn(s3Event(...records))

    expect(objects.map(({ version }) => version)).toEqual(['v0', 'v1', 'v2', 'v3'])
  })

  test('leaves the version open where the event names none', () => {
    expect(arrivalsIn(s3Event(s3Record('inbox/nps/oct.csv'))).objects).toEqual([
      { key: 'inbox/nps/oct.csv', version: undefined },
    ])
  })

  test('takes no note of other events, and of folders made in the console', () => {
    const removed = s3Record('inbox/nps/oct.csv', VERSION, 'ObjectRemoved:DeleteMarkerCreated')
    const folder = s3Record('inbox/nps/', VERSION, 'ObjectCreated:Put', 0)

    expect(arrivalsIn(s3Event(removed, folder))).toEqual({ objects: [], records: [] })
  })

  test('knows the event that S3 sends when it is set up', () => {
    expect(arrivalsIn(TEST_EVENT)).toEqual({ objects: [], records: [] })
  })

  test('knows the records that the sweep sends', () => {
    const records = [{ group: 'arrival#1', id: 'self' }]

    expect(arrivalsIn(recordMessage(records))).toEqual({ objects: [], records })
  })

  test.each(['', 'hello', '{}', 'null', '{"records":[{"group":1}]}', '{"Records":"none"}'])('refuses %j', (body) => {
    expect(() => arrivalsIn(body)).toThrow(expect.objectContaining({ code: 'message_unreadable' }))
  })
})
