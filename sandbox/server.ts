import { seed } from './account.ts'
import { Analysis } from './analysis.ts'
import type { SandboxContext } from './context.ts'
import { Database } from './database.ts'
import { finishExports } from './exports.ts'
import { Faults } from './faults.ts'
import { Handler } from './handler.ts'
import { listen } from './listener.ts'
import { Mailer } from './mail.ts'
import { RateLimit } from './rate-limit.ts'
import { SandboxClock } from './sandbox-clock.ts'
import { Stats } from './stats.ts'
import { DEFAULT_UNKNOWNS, type Unknowns } from './unknowns.ts'

export interface SandboxOptions {
  /** @default 0, any free one */
  port?: number
  /** @default 127.0.0.1 */
  host?: string
  /** SQLite file of its state. @default in memory */
  file?: string
  /** Folder into which its mails are written, as `.eml` files. */
  mail?: string
  /** Mail server to which its mails are sent, `smtp://host:25`. */
  smtp?: string
  /** Begins with accounts that are not onboarded. */
  fresh?: boolean
  /** How it decides what the API's documentation leaves open. */
  unknowns?: Partial<Unknowns>
  /** Requests a minute and account, where there is a limit (U-16). @default 100 */
  rateLimit?: number
  /** The machine's time in ms since the epoch. */
  now?: () => number
}

export interface Sandbox {
  /** Its origin; the API is below `/v1`. */
  url: string
  /** Where tokens are: at `/oauth/token` of the same origin, unless there are to be two hosts (U-17). */
  tokenUrl: string
  close(): Promise<void>
}

const TICK_MS = 500
const RATE_LIMIT = 100

/** Starts a local CXI API. Rejects as `listen` does, where the port is taken. */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const { port = 0, host = '127.0.0.1', fresh = false } = options
  const unknowns = { ...DEFAULT_UNKNOWNS, ...options.unknowns }
  await using undo = new AsyncDisposableStack()
  const api = await listen(port, host)
  undo.defer(() => api.close())
  const tokens = unknowns['U-17'] === 'two-hosts' ? await listen(0, host) : undefined
  undo.defer(() => tokens?.close())
  const db = new Database(options.file)
  undo.defer(() => db.close())
  const clock = new SandboxClock(db, options.now ?? Date.now)
  const mailer = new Mailer({ db, folder: options.mail, smtp: options.smtp })
  undo.defer(() => mailer.close())
  const analysis = new Analysis({ db, clock, unknowns })
  undo.defer(() => analysis.interrupt())
  const context: SandboxContext = {
    db,
    clock,
    unknowns,
    mailer,
    analysis,
    url: api.url,
    stats: new Stats(),
    faults: new Faults(db),
  }
  seed(context, fresh)
  const tick = setInterval(() => {
    finishExports(context)
    void analysis.finishDue()
    void mailer.deliver()
  }, TICK_MS)
  tick.unref()
  undo.defer(() => clearInterval(tick))
  const handler = new Handler({ context, fresh, rateLimit: new RateLimit(options.rateLimit ?? RATE_LIMIT) })
  api.serve((request) => handler.handle(request, tokens ? 'api' : 'both'))
  tokens?.serve((request) => handler.handle(request, 'tokens'))
  const running = undo.move()
  return {
    url: api.url,
    tokenUrl: `${(tokens ?? api).url}/oauth/token`,
    close: async () => {
      await Promise.all([api.close(), tokens?.close()])
      await running.disposeAsync()
    },
  }
}
