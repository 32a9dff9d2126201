import { describe, expect, it } from 'vitest'
import { statement } from './statement.ts'
import { useSandbox } from './test-sandbox.ts'

const LISTS = ['/v1/tags', '/v1/imports', '/v1/responses'] as const
const REFUSED = { type: 'error_list', errors: [{ status: 'invalid' }] }

describe('pages of lists', () => {
  const cxi = useSandbox()
  // biome-ignore lint/suspicious/noExplicitAny: a list or an object with one
  const idsOf = (json: any): number[] => (json.items ?? json).map((item: { id: number }) => item.id)

  async function fill(): Promise<void> {
    for (let count = 0; count < 30; count += 1) {
      await cxi.post('/v1/tags', { 'tag[name]': `tag-${count}` })
      await cxi.upload('feedback_date,feedback', `2026-01-${String(count + 1).padStart(2, '0')},text`)
    }
  }

  statement('CXI-013', async () => {
    for (const path of LISTS) {
      expect((await cxi.get(path, { page: '30' })).status).toBe(200)
      for (const page of ['31', '0', '-1', 'x', '1.5']) {
        expect(await cxi.get(path, { page })).toMatchObject({ status: 400, json: REFUSED })
      }
    }
  })

  statement('CXI-014', async () => {
    for (const path of LISTS) {
      expect((await cxi.get(path, { per_page: '50' })).status).toBe(200)
      for (const size of ['51', '0', '-5', 'x', '1.5']) {
        expect(await cxi.get(path, { per_page: size })).toMatchObject({ status: 400, json: REFUSED })
      }
    }
  })

  statement('CXD-09', async () => {
    const { status, json } = await cxi.get('/v1/imports', { page: '31' })

    expect(status).toBe(400)
    expect(json.errors[0].message).toBe('page does not have a valid value')
  })

  describe.each([
    ['/v1/tags', ['CXI-112', 'CXI-113', 'CXI-114', 'CXI-115']],
    ['/v1/imports', ['CXI-165', 'CXI-166', 'CXI-167', 'CXI-168']],
    ['/v1/responses', ['CXI-260', 'CXI-261', 'CXI-262', 'CXI-263']],
  ] as const)('%s', (path, [page, lastPage, size, largest]) => {
    statement(page, async () => {
      await fill()

      const plain = await cxi.get(path, { per_page: '10' })
      const first = await cxi.get(path, { per_page: '10', page: '1' })
      const second = await cxi.get(path, { per_page: '10', page: '2' })

      expect(plain.json).toEqual(first.json)
      expect(idsOf(second.json)).toHaveLength(10)
      expect(idsOf(second.json).some((id) => idsOf(first.json).includes(id))).toBe(false)
    })

    statement(lastPage, async () => {
      expect((await cxi.get(path, { page: '30' })).status).toBe(200)
      expect((await cxi.get(path, { page: '31' })).status).toBe(400)
    })

    statement(size, async () => {
      await fill()

      expect(idsOf((await cxi.get(path)).json)).toHaveLength(25)
    })

    statement(largest, async () => {
      await fill()

      expect(idsOf((await cxi.get(path, { per_page: '50' })).json).length).toBeGreaterThanOrEqual(30)
      expect((await cxi.get(path, { per_page: '51' })).status).toBe(400)
    })
  })

  it('the page after the last one is empty', async () => {
    await cxi.upload('feedback_date', '2026-01-01')

    expect((await cxi.get('/v1/imports', { page: '2' })).json).toEqual([])
    expect((await cxi.get('/v1/responses', { page: '2' })).json).toEqual({ total_count: 1, items: [] })
  })

  statement('CXI-015', async () => {
    const rows = Array.from({ length: 1600 }, (_, row) => `${1_700_000_000 + row}`)
    await cxi.upload('feedback_date', ...rows)
    const seen = new Set<number>()

    for (let page = 1; page <= 30; page += 1) {
      for (const id of idsOf((await cxi.get('/v1/responses', { page: `${page}`, per_page: '50' })).json)) seen.add(id)
    }

    expect(seen.size).toBe(1500)
    expect((await cxi.get('/v1/responses', { page: '31', per_page: '50' })).status).toBe(400)
  })
})
