import { describe, expect } from 'vitest'
import { statement } from './statement.ts'
import { useSandbox } from './test-sandbox.ts'

const PATH = '/v1/projects'
const KEYS = ['id', 'name', 'response_count', 'created_at']

describe('projects', () => {
  const cxi = useSandbox()
  const create = async (name: string) => (await cxi.post(PATH, { 'project[name]': name })).json

  statement('CXI-078', async () => {
    const created = await create('One')

    expect(Object.keys(created)).toEqual(KEYS)
    expect(created).toEqual({
      id: expect.any(Number),
      name: 'One',
      response_count: expect.any(Number),
      created_at: expect.any(Number),
    })
  })

  statement('CXI-079', async () => {
    const { id } = await create('One')
    const other = await create('Other')
    const upload = await cxi.upload('feedback_date', '2026-01-01', '2026-01-02')
    await cxi.put(`/v1/imports/${upload.json.id}`, { 'import[project_ids][]': `${id}` })
    await cxi.pass(60)

    const counts = (await cxi.get(PATH)).json.map((project: { id: number; response_count: number }) => [
      project.id,
      project.response_count,
    ])

    expect(counts).toEqual([
      [id, 2],
      [other.id, 0],
    ])
  })

  statement('CXI-080', async () => {
    for (let count = 1; count <= 60; count += 1) await create(`Project ${count}`)

    expect((await cxi.get(PATH)).json).toHaveLength(60)
  })

  statement('CXI-081', async () => {
    expect((await cxi.get(PATH)).json).toEqual([])
    const created = await create('One')

    expect((await cxi.get(PATH)).json).toEqual([created])
  })

  statement('CXI-083', async () => {
    expect((await create('My new Project')).name).toBe('My new Project')
    for (const form of [{}, { 'project[name]': '' }, { name: 'bare' }, { project: 'text' }] as Record<
      string,
      string
    >[]) {
      expect((await cxi.post(PATH, form)).status).toBe(400)
    }
  })

  statement('CXI-084', async () => {
    const { status, json } = await cxi.post(PATH, { 'project[name]': 'One' })

    expect(status).toBe(201)
    expect(Object.keys(json)).toEqual(KEYS)
  })

  statement('CXI-085', async () => {
    expect((await create('One')).response_count).toBe(0)
  })

  statement('CXI-086', async () => {
    expect((await create('My new Project')).name).toBe('My new Project')
  })

  statement('CXI-087', async () => {
    const first = await create('One')
    await cxi.pass(1000)
    const second = (await cxi.ask('POST', PATH, { form: { 'project[name]': 'Two', 'project[created_at]': '5' } })).json

    expect(second.created_at - first.created_at).toBeGreaterThanOrEqual(1000)
    expect(second.created_at - first.created_at).toBeLessThan(1060)
  })

  statement('CXI-088', async () => {
    const { id } = await create('One')

    const { status } = await cxi.put(`${PATH}/${id}`, { 'project[name]': 'Other' })

    expect(status).toBe(200)
    expect((await cxi.get(PATH)).json[0].name).toBe('Other')
    expect((await cxi.put(`${PATH}/999`, { 'project[name]': 'Other' })).status).toBe(404)
    expect((await cxi.put(`${PATH}/x`, { 'project[name]': 'Other' })).status).toBe(404)
  })

  statement('CXI-089', async () => {
    const { id } = await create('One')

    const { json } = await cxi.put(`${PATH}/${id}`, { 'project[name]': 'Other' })

    expect(json.id).toBe(id)
    expect(Object.keys(json)).toEqual(KEYS)
  })

  statement('CXI-090', async () => {
    const { id } = await create('One')

    expect((await cxi.put(`${PATH}/${id}`, { 'project[name]': 'Updated name' })).json.name).toBe('Updated name')
  })

  statement('CXI-091', async () => {
    const { id, created_at } = await create('One')
    await cxi.pass(1000)

    expect((await cxi.put(`${PATH}/${id}`, { 'project[name]': 'Other' })).json.created_at).toBe(created_at)
  })

  statement('CXI-092', async () => {
    const { id } = await create('One')

    expect((await cxi.get(`${PATH}/${id}`)).status).toBe(405)
    expect((await cxi.delete(`${PATH}/${id}`)).status).toBe(405)
    expect((await cxi.get(PATH)).json).toHaveLength(1)
  })
})
