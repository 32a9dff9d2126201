import { gzipSync } from 'node:zlib'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { ExportConfig } from '../../../shared/config/types.ts'
import { CSVS, ExportWorld, FileServer, mailOf } from './export-world.ts'

const files = new FileServer()
beforeAll(() => files.start())
afterAll(() => files.close())
afterEach(() => files.answers.clear())

const MINUTE = 60
const LINK = () => `${files.url}/responses/1.csv?signature=s3cret`

/** A world in which a responses export was asked for, and nothing is mailed by itself. */
async function asked(exports: ExportConfig[] = []) {
  const world = new ExportWorld(files, exports)
  world.isMailed = false
  const process = world.process()
  await process.engine.ask('responses')
  await world.pass(process, 1)
  return { world, process }
}

const reasons = (world: ExportWorld) =>
  world.logger.lines.filter(({ event }) => event === 'mail.kept').map(({ fields }) => fields.reason)

describe('a mail', () => {
  it('that comes twice brings one file', async () => {
    const { world, process } = await asked()
    await world.put('a.eml', { link: LINK(), id: '<1@cxi>' })
    await world.put('b.eml', { link: LINK(), id: '<1@cxi>' })

    await world.pass(process, MINUTE)
    await world.put('c.eml', { link: LINK() })
    await world.pass(process, MINUTE)

    expect(await world.collected()).toHaveLength(1)
    expect(world.alarms()).toEqual([])
    expect(await world.world.keys('mail/')).toHaveLength(3)
    expect(await world.world.keys('mail/kept/')).toEqual([])
  })

  it('that comes twice does not pass for the next export’s', async () => {
    const { world, process } = await asked()
    await world.put('a.eml', { link: LINK(), id: '<1@cxi>' })
    await world.pass(process, MINUTE)
    await process.engine.ask('responses')
    await world.pass(process, 1)

    await world.put('b.eml', { link: LINK(), id: '<1@cxi>' })
    await world.pass(process, MINUTE)

    expect(await world.collected()).toHaveLength(1)
  })

  it('with a new id and the link of an earlier one belongs to the export that was asked for since', async () => {
    const { world, process } = await asked()
    await world.put('a.eml', { link: LINK(), id: '<1@cxi>' })
    await world.pass(process, MINUTE)
    await process.engine.ask('responses')
    await world.pass(process, 1)

    await world.put('b.eml', { link: LINK(), id: '<2@cxi>' })
    await world.pass(process, MINUTE)

    expect(await world.collected()).toHaveLength(2)
  })

  it('that comes before CXI’s answer is collected when that has come', async () => {
    const world = new ExportWorld(files)
    world.cxi.lastsMs = 0
    const process = world.process()
    const slow = world.process()
    let answer = () => {}
    slow.deps.api = () => {
      const api = world.cxi.api({ touch: () => {} } as never)
      return {
        ...api,
        createExport: async (type) => {
          await api.createExport(type)
          await new Promise<void>((resolve) => {
            answer = resolve
          })
        },
      }
    }
    const id = await process.engine.ask('responses')
    const [record] = await world.world.due()
    const asking = slow.engine.work(record as never)
    while (world.cxi.asked === 0) await new Promise((resolve) => setImmediate(resolve))

    await world.pass(process, 5)
    expect(await world.collected()).toEqual([])
    answer()
    await asking
    await world.pass(process, 5)

    expect((await world.collected()).map(({ receipt }) => receipt.export)).toEqual([id])
  })

  it('that brings the other type belongs to the request of that type, by its header', async () => {
    const { world, process } = await asked()
    await world.put('a.eml', { link: `${files.url}/users/7.csv` })

    await world.pass(process, MINUTE)

    expect(reasons(world)).toEqual(['unmatched'])
    expect(await world.collected()).toEqual([])
  })

  it('that nobody waits for is kept and not followed', async () => {
    const world = new ExportWorld(files)
    const process = world.process()
    const before = files.requests.length
    await world.put('a.eml', { link: LINK() })

    await world.pass(process, MINUTE)

    expect(reasons(world)).toEqual(['unmatched'])
    expect(files.requests).toHaveLength(before)
    expect(await world.world.text('mail/kept/20261124T060000.000Z-a.eml')).toContain('Your export is ready')
  })

  it.each([
    ['another host', 'https://evil.example/responses.csv'],
    ['a host that looks like CXI’s', 'https://wootric.com.evil.example/responses.csv'],
    ['CXI’s host without TLS', 'http://api.wootric.com/responses.csv'],
    ['CXI’s host with credentials', 'https://me:you@api.wootric.com/responses.csv'],
    ['this machine', 'http://127.0.0.1:1/responses.csv'],
    ['this machine by a number', 'http://2130706433:1/responses.csv'],
    ['a cloud’s metadata service', 'http://169.254.169.254/latest/meta-data'],
    ['a file', 'file:///etc/passwd'],
  ])('with a link to %s is kept and not followed; its request goes on waiting', async (_, link) => {
    const { world, process } = await asked()
    await world.put('a.eml', { link })

    await world.pass(process, MINUTE)
    expect(['foreign', 'no_link']).toContain(reasons(world)[0])
    await world.put('b.eml', { link: LINK() })
    await world.pass(process, MINUTE)

    expect(await world.collected()).toHaveLength(1)
  })

  it('of a sender that is not trusted is kept and not followed', async () => {
    const { world, process } = await asked()
    world.world.relay.mail = { from: ['inmoment.com'] }
    await world.put('a.eml', { link: LINK() })

    await world.pass(process, MINUTE)
    world.world.relay.mail = { from: ['wootric.com'] }
    await world.put('b.eml', { link: LINK() })
    await world.pass(process, MINUTE)

    expect(reasons(world)).toEqual(['untrusted'])
    expect(await world.collected()).toHaveLength(1)
  })

  it('whose signature the home has found wrong is kept and not followed', async () => {
    const { world, process } = await asked()
    await world.world.objects.put('mail/ses-1', Buffer.from(mailOf({ link: LINK() })))
    await process.engine.receiveMail('mail/ses-1', 'fail')

    await world.pass(process, MINUTE)

    expect(reasons(world)).toEqual(['untrusted'])
  })

  it.each([
    ['is empty', Buffer.alloc(0)],
    ['is no mail', Buffer.from([0xff, 0xfe, 0x00, 0x01, 0x02])],
    ['has no link', Buffer.from('From: a@wootric.com\r\nSubject: hello\r\n\r\nNothing here.\r\n')],
  ])('that %s is kept', async (_, bytes) => {
    const { world, process } = await asked()
    await world.world.objects.put('mail/a.eml', bytes)

    await world.pass(process, MINUTE)

    expect(reasons(world)).toHaveLength(1)
    expect(await world.world.keys('mail/kept/')).toHaveLength(1)
  })

  it('that was kept is looked at again when it is moved back', async () => {
    const world = new ExportWorld(files)
    world.isMailed = false
    const process = world.process()
    await world.put('a.eml', { link: LINK(), id: '<1@cxi>' })
    await world.pass(process, MINUTE)
    await process.engine.ask('responses')
    await world.pass(process, MINUTE)

    await world.world.objects.put(
      'mail/20261124T060000.000Z-a.eml',
      world.world.objects.read('mail/kept/20261124T060000.000Z-a.eml'),
    )
    await world.pass(process, MINUTE)

    expect(await world.collected()).toHaveLength(1)
  })

  it('that does nothing but stop here is never unsubscribed from', async () => {
    const { world, process } = await asked()
    await world.put('a.eml', { link: `${files.url}/unsubscribe?u=1` })

    await world.pass(process, MINUTE)

    expect(files.count('/unsubscribe')).toBe(0)
  })
})

describe('a link', () => {
  it('that has expired is asked for once more, then given up', async () => {
    const world = new ExportWorld(files)
    for (const id of [1, 2])
      files.answers.set(`/responses/${id}.csv`, (response) => response.writeHead(403).end('<Error/>'))
    const process = world.process()
    await process.engine.ask('responses')

    await world.pass(process, 5 * MINUTE)

    expect(world.cxi.answers).toEqual([201, 201])
    expect(world.alarms()).toEqual(['mail.kept', 'export.failed', 'mail.kept'])
    expect(reasons(world)).toEqual(['expired', 'expired'])
  })

  it('that has expired brings the file all the same when a new one is good', async () => {
    const world = new ExportWorld(files)
    files.answers.set('/responses/1.csv', (response) => response.writeHead(410).end())
    const process = world.process()
    await process.engine.ask('responses')

    await world.pass(process, 5 * MINUTE)

    expect(await world.collected()).toHaveLength(1)
  })

  it.each([
    ['a web page', 'text/html', '<!doctype html><title>Sign in</title>'],
    ['a web page that calls itself a CSV', 'text/csv', '\n <html></html>'],
    ['an error in JSON', 'application/json', '{"message":"no"}'],
    ['an archive', 'application/zip', 'PK\x03\x04\0\0'],
    ['nothing', 'text/csv', ''],
  ])('to %s stores nothing and says so', async (_, type, body) => {
    const { world, process } = await asked()
    files.answers.set('/responses/1.csv', (response) => response.writeHead(200, { 'content-type': type }).end(body))
    await world.put('a.eml', { link: LINK() })

    await world.pass(process, MINUTE)

    expect(reasons(world)).toEqual(['not_csv'])
    expect(world.alarms()).toEqual(['export.failed', 'mail.kept'])
    expect(await world.world.keys('exports/')).toEqual([])
  })

  it('that is sent on to an allowed place is followed', async () => {
    const { world, process } = await asked()
    files.answers.set('/responses/1.csv', (response) => response.writeHead(302, { location: '/responses/2.csv' }).end())
    await world.put('a.eml', { link: LINK() })

    await world.pass(process, MINUTE)

    expect(await world.collected()).toHaveLength(1)
  })

  it.each([
    ['another host', 'https://evil.example/x.csv'],
    ['a metadata service', 'http://169.254.169.254/x.csv'],
    ['itself', '/responses/1.csv'],
    ['a file', 'file:///etc/passwd'],
  ])('that is sent on to %s is not followed to there', async (_, location) => {
    const { world, process } = await asked()
    files.answers.set('/responses/1.csv', (response) => response.writeHead(302, { location }).end())
    await world.put('a.eml', { link: LINK() })

    await world.pass(process, MINUTE)

    expect(reasons(world)).toEqual(['foreign'])
    expect(await world.world.keys('exports/')).toEqual([])
  })

  it('to CXI’s own name that resolves to this machine is not connected to', async () => {
    const { world } = await asked()
    const port = new URL(files.url).port
    const before = files.requests.length
    world.lookup = (_name, _options, callback) => callback(null, [{ address: '127.0.0.1', family: 4 }] as never, 4)
    const process = world.process()
    await world.put('a.eml', { link: `https://exports.wootric.com:${port}/responses/1.csv` })

    await world.pass(process, MINUTE)

    expect(reasons(world)).toEqual(['foreign'])
    expect(world.logger.lines.at(-1)?.fields.message).toContain('private network')
    expect(files.requests).toHaveLength(before)
  })

  it('to this machine is followed where the configuration names that very origin', async () => {
    const world = new ExportWorld(files, [{ type: 'responses', schedule: '0 6 * * *', hosts: [files.url] }])
    world.localOrigins = []
    const process = world.process()
    await process.engine.ask('responses')

    await world.pass(process, 2 * MINUTE)

    expect(await world.collected()).toHaveLength(1)
  })

  it('whose server fails is tried again until it does not', async () => {
    const { world, process } = await asked()
    let tries = 0
    files.answers.set('/responses/1.csv', (response) => {
      tries += 1
      if (tries < 3) response.writeHead(503).end()
      else if (tries === 3) {
        response.writeHead(200, { 'content-type': 'text/csv', 'content-length': 1000 })
        response.write('id,feedback\n1,')
        setImmediate(() => response.destroy())
      } else response.writeHead(200, { 'content-type': 'text/csv' }).end(CSVS.responses)
    })
    await world.put('a.eml', { link: LINK() })

    await world.pass(process, 10 * MINUTE)

    const [found] = await world.collected()
    expect(found?.csv).toBe(CSVS.responses)
    expect(tries).toBe(4)
  })

  it('whose file comes compressed is stored as it was meant', async () => {
    const { world, process } = await asked()
    files.answers.set('/responses/1.csv', (response) => {
      response.writeHead(200, { 'content-type': 'text/csv', 'content-encoding': 'gzip' })
      response.end(gzipSync(CSVS.responses))
    })
    await world.put('a.eml', { link: LINK() })

    await world.pass(process, MINUTE)

    expect((await world.collected())[0]?.csv).toBe(CSVS.responses)
  })

  it('to a file beyond all measure is given up', async () => {
    const { world } = await asked()
    world.maxDownloadBytes = 50
    const process = world.process()
    await world.put('a.eml', { link: LINK() })

    await world.pass(process, MINUTE)

    expect(world.alarms()).toEqual(['export.failed', 'mail.kept'])
    expect(await world.world.keys('exports/')).toEqual([])
  })
})
