import { describe, expect, it } from 'vitest'
import { Sending } from '../../../shared/cxi/sending.ts'

const pieces = [Buffer.from('head'), Buffer.from('tail')]

async function collect(sending: Sending): Promise<string> {
  const chunks: Uint8Array[] = []
  for await (const chunk of sending) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

describe('Sending', () => {
  it('hands its pieces over after beforeSend', async () => {
    let handedBefore: boolean | undefined
    const sending: Sending = new Sending(pieces, async () => {
      handedBefore = sending.handed
    })

    await expect(collect(sending)).resolves.toBe('headtail')

    expect(handedBefore).toBe(false)
    expect(sending.handed).toBe(true)
  })

  it('hands nothing over once it is closed, also while beforeSend runs', async () => {
    const sending: Sending = new Sending(pieces, async () => void sending.close())

    await expect(collect(sending)).rejects.toThrow('given up')

    expect(sending.handed).toBe(false)
  })

  it('hands its pieces over only once', async () => {
    const sending = new Sending(pieces)
    await collect(sending)

    await expect(collect(sending)).rejects.toThrow('only once')
  })

  it('keeps what beforeSend threw', async () => {
    const lost = new Error('lease lost')
    const sending = new Sending(pieces, () => Promise.reject(lost))

    await expect(collect(sending)).rejects.toBe(lost)

    expect(sending.refusal).toEqual({ error: lost })
    expect(sending.handed).toBe(false)
  })
})
