import { gzipSync } from 'node:zlib'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { ExportConfig } from '../../../shared/config/types.ts'
import { account } from '../../support/world.ts'
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

  it('with the link of an earlier one is a duplicate, whatever its id, and that link is not followed again', async () => {
    const { world, process } = await asked()
    const link = `${files.url}/responses/again.csv?signature=s3cret`
    await world.put('a.eml', { link, id: '<1@cxi>' })
    await world.pass(process, MINUTE)
    await process.engine.ask('responses')
    await world.pass(process, 1)

    await world.put('b.eml', { link, id: '<2@cxi>' })
    await world.pass(process, MINUTE)

    expect(await world.collected()).toHaveLength(1)
    expect(files.count('/responses/again.csv')).toBe(1)
    expect(await world.world.keys('mail/done/')).toHaveLength(2)
  })

  it('in an account’s folder belongs to that account alone, though another’s was asked for before', async () => {
    const world = new ExportWorld(files, [], [account('one'), account('two')])
    world.isMailed = false
    world.cxi.lastsMs = 0
    const process = world.process()
    await process.engine.ask('responses', 'one')
    const second = await process.engine.ask('responses', 'two')
    await world.pass(process, 1)

    await world.put('two/a.eml', { link: LINK() })
    await world.put('three/a.eml', { link: LINK() })
    await world.pass(process, MINUTE)

    expect((await world.collected()).map(({ receipt }) => receipt.export)).toEqual([second])
    expect(await world.world.keys('mail/')).toEqual([
      expect.stringMatching(/^mail\/done\/.*-two-a\.eml$/),
      'mail/three/a.eml',
    ])
  })

  it('that names no account is kept where exports of that type are open for several', async () => {
    const world = new ExportWorld(files, [], [account('one'), account('two')])
    world.isMailed = false
    world.cxi.lastsMs = 0
    const process = world.process()
    await process.engine.ask('responses', 'one')
    await process.engine.ask('responses', 'two')
    await world.pass(process, 1)

    await world.put('a.eml', { link: LINK() })
    await world.pass(process, MINUTE)

    expect(await world.collected()).toEqual([])
    expect(world.logger.lines.at(-1)?.fields.message).toContain('mail/<account>/')
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

  it('belongs to the only request that is open, whatever its header says', async () => {
    const { world, process } = await asked()
    await world.put('a.eml', { link: `${files.url}/users/7.csv` })

    await world.pass(process, MINUTE)

    expect((await world.collected()).map(({ receipt }) => receipt.type)).toEqual(['responses'])
  })

  it('belongs to the request of its type, by its header, where several are open', async () => {
    const { world, process } = await asked()
    world.cxi.faults.push({ status: 409 })
    await world.pass(process, 61 * MINUTE)
    await process.engine.ask('users')
    await world.pass(process, 90 * MINUTE)

    await world.put('users.eml', { link: `${files.url}/users/8.csv` })
    await world.pass(process, 1)

    expect((await world.collected()).map(({ receipt }) => receipt.type)).toEqual(['users'])
    expect(world.alarms()).not.toContain('mail.kept')
  })

  it('that none of several open requests wants by its header is kept', async () => {
    const { world, process } = await asked()
    await world.pass(process, 61 * MINUTE)
    await process.engine.ask('responses')
    await world.pass(process, 130 * MINUTE)

    await world.put('users.eml', { link: `${files.url}/users/9.csv` })
    await world.pass(process, 1)

    expect(reasons(world)).toEqual(['unmatched'])
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
    ['another host of CXI’s maker', 'https://api.wootric.com/responses.csv'],
    ['the API’s host at another port', 'http://127.0.0.1:1/responses.csv'],
    ['the API’s host with credentials', () => LINK().replace('http://', 'http://me:you@')],
    ['this machine', 'http://127.0.0.1:1/responses.csv'],
    ['this machine by a number', 'http://2130706433:1/responses.csv'],
    ['a cloud’s metadata service', 'http://169.254.169.254/latest/meta-data'],
    ['a file', 'file:///etc/passwd'],
  ])('with a link to %s is kept and not followed; its request goes on waiting', async (_, link) => {
    const { world, process } = await asked()
    await world.put('a.eml', { link: typeof link === 'string' ? link : link() })

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

  it('in which the home has found a virus is kept and not followed', async () => {
    const { world, process } = await asked()
    await world.world.objects.put('mail/ses-1', Buffer.from(mailOf({ link: LINK() })))
    await process.engine.receiveMail('mail/ses-1', 'fail')
    await process.engine.receiveMail('mail/AMAZON_SES_SETUP_NOTIFICATION')

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

  it('to an allowed name that resolves to this machine is not connected to', async () => {
    const host = `https://exports.example.com:${new URL(files.url).port}`
    const { world } = await asked([{ type: 'responses', schedule: '0 6 * * *', hosts: [host] }])
    const port = new URL(files.url).port
    const before = files.requests.length
    world.lookup = (_name, _options, callback) => callback(null, [{ address: '127.0.0.1', family: 4 }] as never, 4)
    const process = world.process()
    await world.put('a.eml', { link: `https://exports.example.com:${port}/responses/1.csv` })

    await world.pass(process, MINUTE)

    expect(reasons(world)).toEqual(['foreign'])
    expect(world.logger.lines.at(-1)?.fields.message).toContain('private network')
    expect(files.requests).toHaveLength(before)
  })

  it('to this machine is not connected to by being one of the hosts, only by being the API’s very origin', async () => {
    const other = new FileServer()
    await other.start()
    try {
      const { world, process } = await asked([{ type: 'responses', schedule: '0 6 * * *', hosts: [other.url] }])
      await world.put('a.eml', { link: `${other.url}/responses/1.csv` })

      await world.pass(process, MINUTE)

      expect(reasons(world)).toEqual(['foreign'])
      expect(other.requests).toEqual([])
    } finally {
      await other.close()
    }
  })

  it('to another host is kept with the line that would allow it, as it would be after a redirect', async () => {
    const { world, process } = await asked()
    files.answers.set('/responses/1.csv', (response) =>
      response.writeHead(302, { location: 'https://cdn.example.com:8443/x.csv' }).end(),
    )
    await world.put('a.eml', { link: 'https://files.example.com/x.csv?sig=s3cret' })
    await world.put('b.eml', { link: LINK() })

    await world.pass(process, MINUTE)

    const said = world.logger.lines.filter(({ event }) => event === 'mail.kept').map(({ fields }) => fields.message)
    expect(said[0]).toContain("hosts: ['https://files.example.com']")
    expect(said[1]).toContain("hosts: ['https://cdn.example.com:8443']")
    expect(JSON.stringify(said)).not.toContain('s3cret')
  })

  it('of five redirects is followed, of six it is not', async () => {
    for (const hops of [5, 6]) {
      const { world, process } = await asked()
      for (let hop = 0; hop < hops; hop++) {
        const location = hop + 1 === hops ? `/responses/${hops}.csv` : `/hop/${hops}/${hop + 1}`
        files.answers.set(`/hop/${hops}/${hop}`, (response) => response.writeHead(302, { location }).end())
      }
      await world.put('a.eml', { link: `${files.url}/hop/${hops}/0` })

      await world.pass(process, MINUTE)

      expect(await world.collected()).toHaveLength(hops === 5 ? 1 : 0)
    }
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

describe('FC-23 the link in the mail', () => {
  const PATH = '/f/77.csv?X-Amz-Expires=604800&X-Amz-Signature=ab%2Bcd&x=1'
  const LONG = `/f/78.csv?X-Amz-Signature=${'ab%2Bcd0123'.repeat(120)}`
  const HTML = (body: string) => ['Content-Type: text/html; charset=utf-8', '', body].join('\r\n')
  const TEXT = (body: string) => ['Content-Type: text/plain; charset=utf-8', '', body].join('\r\n')
  const mail = (...parts: string[]) => {
    const head = ['From: InMoment <no-reply@wootric.com>', 'Subject: Your export is ready', 'MIME-Version: 1.0']
    if (parts.length === 1) return [...head, ...parts].join('\r\n')
    const bodies = parts.map((part) => `--b\r\n${part}\r\n`)
    return [...head, 'Content-Type: multipart/alternative; boundary="b"', '', ...bodies, '--b--', ''].join('\r\n')
  }
  const broken = (text: string) => `${text.slice(0, 998)}\r\n${text.slice(998)}`

  /** What is requested of the files' server for a mail, and why it was kept. */
  async function followed(text: string) {
    const { world, process } = await asked()
    const before = files.requests.length
    await world.world.objects.put('mail/a.eml', Buffer.from(text))
    await world.pass(process, MINUTE)
    const lines = world.logger.lines.filter(({ event }) => event === 'mail.kept')
    return {
      asked: files.requests.slice(before).map(({ url }) => url),
      kept: lines.map(({ fields }) => fields.reason),
      collected: (await world.collected()).length,
    }
  }

  it('(a) is read from HTML alone, its entities decoded once', async () => {
    const href = `${files.url}${PATH}`.replaceAll('&', '&amp;').replaceAll('=', '=3D')
    const quoted = HTML(`<p>Ready.</p><a class=3D"x"\r\n href=3D"${href}">Download</a>`)
    const encoded = quoted.replace('\r\n\r\n', '\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n')

    expect(await followed(mail(encoded))).toEqual({ asked: [PATH], kept: [], collected: 1 })
  })

  it('(b) is read whole from HTML where the text part has it broken', async () => {
    const text = TEXT(broken(`Download: ${files.url}${LONG}`))

    const found = await followed(mail(text, HTML(`<a href="${files.url}${LONG}">Download</a>`)))

    expect(found).toEqual({ asked: [LONG], kept: [], collected: 1 })
  })

  it.each([
    ['at the 998th character', (link: string) => broken(`Download: ${link}`)],
    ['at the 990th', (link: string) => `${link.slice(0, 990)}\r\n${link.slice(990)}\r\n\r\nThanks`],
    ['by a mail program', (link: string) => `${link.slice(0, 76)}\r\n${link.slice(76)}`],
  ])('(c) is not followed where a text is all there is and it is broken %s', async (_, lay) => {
    const found = await followed(mail(TEXT(lay(`${files.url}${LONG}`))))

    expect(found).toEqual({ asked: [], kept: ['broken_link'], collected: 0 })
  })

  it('is followed where it ends its line and words come below', async () => {
    const link = `/f/80.csv?X-Amz-Signature=${'0123456789'.repeat(8)}`

    expect(await followed(mail(TEXT(`${files.url}${link}\r\nThanks\r\n`)))).toMatchObject({
      asked: [link],
      collected: 1,
    })
  })

  it.each([
    ['', 1],
    [' twice', 2],
  ])('(d) is taken out of Safe Links%s, which are not requested', async (_, times) => {
    let link = `${files.url}${PATH}`
    for (let time = 0; time < times; time++) {
      link = `https://eur01.safelinks.protection.outlook.com/?url=${encodeURIComponent(link)}&data=05%7C01&reserved=0`
    }

    expect(await followed(mail(TEXT(`Download: ${link}`)))).toEqual({ asked: [PATH], kept: [], collected: 1 })
    const html = HTML(`<a href="${link.replaceAll('&', '&amp;')}">Download</a>`)
    expect(await followed(mail(html))).toEqual({ asked: [PATH], kept: [], collected: 1 })
  })

  it('(d) inside Safe Links is checked as any other', async () => {
    const link = `https://eur01.safelinks.protection.outlook.com/?url=${encodeURIComponent('https://evil.example/x.csv')}`

    expect(await followed(mail(TEXT(link)))).toEqual({ asked: [], kept: ['foreign'], collected: 0 })
  })

  it('(e) is the only one that is fetched beside a pixel and ways to unsubscribe', async () => {
    const html = [
      `<img src="${files.url}/pixel.gif?m=1"><a href="${files.url}/logo.png"><img src="x"></a>`,
      `<a href="${files.url}/u/9"><span>Unsubscribe</span></a> <a href="${files.url}/mail?action=unsubscribe">stop</a>`,
      `<a href='${files.url}${PATH}'>Download</a>`,
    ].join('\r\n')
    const text = `Unsubscribe: ${files.url}/u/9\r\nDownload: ${files.url}${PATH}\r\n`

    expect(await followed(mail(TEXT(text), HTML(html)))).toEqual({ asked: [PATH], kept: [], collected: 1 })
    files.answers.set('/f/77.csv', (response) => response.writeHead(410).end())
    expect((await followed(mail(TEXT(text), HTML(html)))).asked).toEqual([PATH])
  })
})
