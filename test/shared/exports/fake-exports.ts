import type { CxiApi } from '../../../shared/cxi/api.ts'
import { CxiError } from '../../../shared/cxi/errors.ts'
import type { Clock } from '../../../shared/ports.ts'
import type { Life } from '../../support/world.ts'

export type AskFault = 'lost-before' | 'lost-after' | { status: number; message?: string }

export interface Made {
  id: number
  type: 'responses' | 'users'
  readyMs: number
  isDelivered: boolean
}

/** CXI's exports at the level of their meaning: one in progress at a time, ready after a while, then a mail. */
export class FakeExports {
  readonly made: Made[] = []
  readonly faults: AskFault[] = []
  /** Answers in order, 201 or the refusal's status. */
  readonly answers: number[] = []
  lastsMs = 60_000
  /** Whether anything was ever in progress twice at once. */
  readonly #clock: Clock

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get asked(): number {
    return this.made.length
  }

  /** Exports that are ready and whose mail has not been sent. */
  ready(): Made[] {
    return this.made.filter(({ readyMs, isDelivered }) => !isDelivered && readyMs <= this.#clock.now())
  }

  /** Somebody asks in CXI's own pages. */
  begin(type: Made['type']): void {
    if (this.made.some(({ readyMs }) => readyMs > this.#clock.now())) {
      this.answers.push(409)
      throw refusal(409, 'An export is already in progress')
    }
    this.answers.push(201)
    const id = this.made.length + 1
    this.made.push({ id, type, readyMs: this.#clock.now() + this.lastsMs, isDelivered: false })
  }

  /** As a mortal process sees it. */
  api(life: Life): CxiApi {
    return {
      createExport: async (type: Made['type'] = 'responses') => {
        life.touch()
        await null
        const fault = this.faults.shift()
        if (fault === 'lost-before') throw lost()
        if (typeof fault === 'object') {
          this.answers.push(fault.status)
          throw refusal(fault.status, fault.message ?? 'refused')
        }
        this.begin(type)
        if (fault === 'lost-after') throw lost()
        life.touch()
      },
    } as Partial<CxiApi> as CxiApi
  }
}

const lost = () =>
  new CxiError('cxi_no_answer', 'POST /v1/exports: the connection ended.', { outcome: 'unknown', retryable: true })

function refusal(status: number, words: string): CxiError {
  const codes: Record<number, string> = { 401: 'cxi_unauthorized', 429: 'cxi_rate_limited', 424: 'cxi_not_onboarded' }
  const code = codes[status] ?? 'cxi_refused'
  const message = `POST /v1/exports: CXI answered ${status}, "${words}"; the same request will be refused again.`
  return new CxiError(code, message, { outcome: 'refused', retryable: code !== 'cxi_refused', status })
}
