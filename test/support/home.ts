import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Receipt } from '../../shared/imports/receipt.ts'

const COMMAND = fileURLToPath(new URL('../../local/cxi-relay.ts', import.meta.url))
const LOOK_EVERY_MS = 25

/** An embedded home at work in the test's own process. */
export interface Opened {
  url: string
  sandboxUrl: string | undefined
  /** Everything that it would have printed so far. */
  output(): string
  /** Ends it as SIGTERM does. */
  close(): Promise<void>
}

/** A running embedded home, as a person starts it. */
export interface Running {
  child: ChildProcess
  url: string
  sandboxUrl: string | undefined
  /** Everything that it has printed so far. */
  output(): string
  /** Ends it by a signal; resolves with its exit code (null where the signal ended it). */
  end(signal: NodeJS.Signals): Promise<number | null>
}

export interface Ended {
  code: number | null
  output: string
}

/** The data folder of one embedded home, as the person sees it who drops files there. */
export class HomeFolder {
  readonly root: string
  readonly #children: ChildProcess[] = []
  readonly #opened: Opened[] = []

  constructor(root: string) {
    this.root = root
  }

  path(...segments: string[]): string {
    return join(this.root, 'data', ...segments)
  }

  get config(): string {
    return join(this.root, 'relay.config.mjs')
  }

  async configure(config: Record<string, unknown>): Promise<void> {
    await writeFile(this.config, `export default ${JSON.stringify(config)}\n`)
  }

  /** Starts it and waits until it is ready; throws with its words where it ends before. */
  async start(options: { args?: string[]; env?: Record<string, string> } = {}): Promise<Running> {
    const child = this.#spawn(['start', '--port', '0', ...this.#places(), ...(options.args ?? [])], options.env)
    let text = ''
    let ended = false
    const take = (chunk: Buffer) => {
      text += chunk.toString()
    }
    child.stdout?.on('data', take)
    child.stderr?.on('data', take)
    child.once('exit', () => {
      ended = true
    })
    await until(() => ended || /^ready /m.test(text))
    const lineOf = (word: string) => new RegExp(`^${word} (http://\\S+)$`, 'm').exec(text)?.[1]
    const url = lineOf('ready')
    if (url === undefined) throw new Error(`The home did not start: ${text}`)
    return {
      child,
      url,
      sandboxUrl: lineOf('sandbox'),
      output: () => text,
      end: async (signal) => {
        if (child.exitCode !== null || child.signalCode !== null) return child.exitCode
        child.kill(signal)
        const [code] = await once(child, 'exit')
        return code as number | null
      },
    }
  }

  /** Like `start`, but in this process, which takes a tenth of the time; `secrets` go into its secrets.json. */
  async open(options: { config?: string; secrets?: Record<string, unknown> } = {}): Promise<Opened> {
    const [{ startHost }, { Terminal }] = await Promise.all([
      import('../../local/host.ts'),
      import('../../local/terminal.ts'),
    ])
    if (options.secrets) await this.keepSecrets(options.secrets)
    let text = ''
    const logger = new Terminal({
      out: {
        write: (line) => {
          text += line
        },
      },
    })
    const at = { data: this.path(), config: options.config ?? this.config, host: '127.0.0.1', port: 0 }
    const host = await startHost({ ...at, sandbox: false, logger })
    let closing: Promise<void> | undefined
    const opened: Opened = {
      url: host.url,
      sandboxUrl: host.sandboxUrl,
      output: () => text,
      close: () => {
        closing ??= host.close()
        return closing
      },
    }
    this.#opened.push(opened)
    return opened
  }

  /** Writes secrets.json, as a person does. */
  async keepSecrets(secrets: Record<string, unknown>): Promise<void> {
    await mkdir(this.path(), { recursive: true })
    await writeFile(this.path('secrets.json'), JSON.stringify(secrets), { mode: 0o600 })
  }

  /** Runs a command to its end. */
  async run(args: string[], env?: Record<string, string>): Promise<Ended> {
    const child = this.#spawn(args, env)
    let output = ''
    child.stdout?.on('data', (chunk: Buffer) => {
      output += chunk.toString()
    })
    child.stderr?.on('data', (chunk: Buffer) => {
      output += chunk.toString()
    })
    const [code] = await once(child, 'close')
    return { code: code as number | null, output }
  }

  /** A command that works on this data folder and configuration. */
  command(name: string, ...args: string[]): Promise<Ended> {
    return this.run([name, ...args, ...this.#places()])
  }

  /** Puts a file into the inbox in one go. */
  async drop(path: string, content: string | Uint8Array): Promise<void> {
    const file = this.path('inbox', path)
    await mkdir(dirname(file), { recursive: true })
    await writeFile(`${file}.part`, content)
    await rename(`${file}.part`, file)
  }

  /** Every receipt, by the key of the dropped file and then by time. */
  async receipts(): Promise<Receipt[]> {
    const found: Receipt[] = []
    for (const file of await filesUnder(this.path('receipts'))) {
      found.push(JSON.parse(await readFile(file, 'utf8')) as Receipt)
    }
    return found.sort((a, b) => (a.drop + a.started_at < b.drop + b.started_at ? -1 : 1))
  }

  /** Waits until there are that many receipts. */
  async receiptsOf(count: number, withinMs?: number): Promise<Receipt[]> {
    let found: Receipt[] = []
    await until(async () => {
      found = await this.receipts()
      return found.length >= count
    }, withinMs)
    return found
  }

  /** The one receipt of a dropped file, when it is there. */
  async receiptOf(drop: string, withinMs?: number): Promise<Receipt> {
    let found: Receipt | undefined
    await until(async () => {
      found = (await this.receipts()).find((receipt) => receipt.drop === drop)
      return found !== undefined
    }, withinMs)
    return found as Receipt
  }

  /** Files below a folder of the data folder, relative to it. */
  async files(folder: string): Promise<string[]> {
    const found = await filesUnder(this.path(folder))
    return found.map((file) => relative(this.path(folder), file)).sort()
  }

  async close(): Promise<void> {
    for (const opened of this.#opened) await opened.close()
    for (const child of this.#children) {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGKILL')
        await once(child, 'exit')
      }
    }
  }

  #places(): string[] {
    return ['--data', this.path(), '--config', this.config]
  }

  #spawn(args: string[], env: Record<string, string> = {}): ChildProcess {
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', COMMAND, ...args], {
      cwd: this.root,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#children.push(child)
    return child
  }
}

/** Files below a folder; none where it is not there. */
async function filesUnder(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true })
    return entries
      .filter((entry) => entry.isFile() && !entry.name.startsWith('.'))
      .map((entry) => join(entry.parentPath, entry.name))
  } catch {
    return []
  }
}

/** Looks again and again until something is so; throws after a while. */
export async function until(isSo: () => boolean | Promise<boolean>, withinMs = 30_000): Promise<void> {
  const endMs = Date.now() + withinMs
  while (!(await isSo())) {
    if (Date.now() > endMs) throw new Error(`It did not become so within ${withinMs} ms: ${isSo}`)
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS))
  }
}

/** One import as the sandbox's dump gives it. */
export interface Dumped {
  id: number
  name: string
  source: string | null
  metric_type: string | null
  language: string
  response_count: number
  responses: {
    feedback: string | null
    user_id: string | null
    feedback_date: number
    score: number | null
    project_ids: number[]
    metric_type: string | null
    custom_properties: { key: string; value: string }[]
    tags: { name: string }[]
  }[]
}

export async function dumpOf(sandboxUrl: string): Promise<Dumped[]> {
  const answer = await fetch(`${sandboxUrl}/_sandbox/dump`)
  return ((await answer.json()) as { imports: Dumped[] }).imports
}

/** Calls one of the sandbox's controls; answers its JSON, if any. */
export async function control(sandboxUrl: string, method: string, path: string, body?: unknown): Promise<unknown> {
  const answer = await fetch(`${sandboxUrl}/_sandbox/${path}`, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  })
  if (!answer.ok) throw new Error(`${method} ${path}: HTTP ${answer.status} ${await answer.text()}`)
  const text = await answer.text()
  return text === '' ? undefined : JSON.parse(text)
}
