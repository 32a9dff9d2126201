import { basename, resolve } from 'node:path'
import { loadRelay } from '../../shared/config/load.ts'
import { FileError, RelayError } from '../../shared/errors.ts'
import { CutError } from '../../shared/feedback/cut-error.ts'
import { isUnconfirmed } from '../../shared/feedback/dialects/registry.ts'
import { type CutCounts, NO_COUNTS, type Problem } from '../../shared/feedback/types.ts'
import { type Candidate, cutCandidate, RowsError } from '../../shared/imports/candidate.ts'
import type { ImportDeps } from '../../shared/imports/deps.ts'
import { newCutId } from '../../shared/imports/identity.ts'
import { notesOf } from '../../shared/imports/receipt-notes.ts'
import { IDLE } from '../../shared/imports/records.ts'
import { MemoryLedger } from '../../shared/stores/memory/ledger.ts'
import { systemClock } from '../../shared/stores/system-clock.ts'
import { caretLines } from '../caret.ts'
import { CheckedFile } from '../checked-file.ts'
import { plural } from '../sentences.ts'

export interface CheckOptions {
  config: string
  source: string
  json: boolean
}

/** Problems that are shown with their row. */
const EXCERPTS = 10
const INDENT = '    '

/** What dropping the file would do; the keys are those of a receipt. */
interface Findings {
  drop: string
  source: string
  state: 'imported' | 'partial' | 'rejected'
  rows: CutCounts
  parts: { part: number; file?: string; rows: number; bytes: number }[]
  import: Record<string, unknown> | null
  problems: Problem[]
  error: { code: string; message: string } | null
  dialect: string | null
  mapping: Record<string, string>
  /** What the receipt would say of rows that are sent. */
  notes: string[]
  files: { file: string; rows: CutCounts; dialect: string; mapping: Record<string, string> }[]
  ignored_files: string[]
}

const UNKNOWN =
  'Rows that an earlier file or webhook has sent already would be left out: a check does not know which they are.'

/** Reads a file as a drop would be read, and sends nothing. Exits with 1 where the file would be rejected. */
export async function check(file: string, options: CheckOptions): Promise<void> {
  const relay = await loadRelay(options.config)
  const source = Object.hasOwn(relay.sources, options.source) ? relay.sources[options.source] : undefined
  if (!source) {
    const known = Object.keys(relay.sources).join(', ')
    throw new RelayError('unknown_source', `"${options.source}" is no source of ${options.config}; it names: ${known}.`)
  }
  const object = { key: `inbox/${source.name}/${basename(file)}`, version: 'check' }
  const deps = {
    relay,
    clock: systemClock,
    ledger: new MemoryLedger(systemClock),
    objects: new CheckedFile(resolve(file)),
    // What it is hashed with changes no row's fate; the home's own key stays where it is.
    privacyKey: new Uint8Array(32),
  } as unknown as ImportDeps
  const nowMs = systemClock.now()
  const arrival = { ...IDLE, kind: 'arrival' as const, id: 'check', object, source: source.name, firstSeenMs: nowMs }
  const drop = object.key
  const shown = { ...source, excerpts: EXCERPTS }
  let findings: Findings
  try {
    const received = { ...arrival, state: 'received' as const, end: null, error: null, drop: null, cuts: [] }
    findings = accepted(drop, await cutCandidate(deps, received, shown, newCutId()))
  } catch (error) {
    if (!(error instanceof FileError)) throw error
    findings = rejected(drop, source.name, error)
  }
  if (options.json) console.log(JSON.stringify(findings, null, 2))
  else {
    for (const line of sentences(findings, process.stdout.columns ?? 100)) console.log(line)
    if (source.dedupe !== 'none' && findings.error === null) console.log(UNKNOWN)
  }
  if (findings.state === 'rejected') process.exitCode = 1
}

function accepted(key: string, { drop, problems }: Candidate): Findings {
  const { metadata, counts, parts, dialect, mapping, source, files = [], ignored = [] } = drop
  return {
    drop: key,
    source,
    state: counts.set_aside > 0 ? 'partial' : 'imported',
    rows: counts,
    parts: parts.map(({ firstRow: _, lastRow: __, ...part }) => part),
    import: { ...metadata },
    problems,
    error: null,
    dialect,
    mapping,
    notes: notesOf(counts, mapping),
    files: files.map((found) => ({
      file: found.file,
      rows: found.counts,
      dialect: found.dialect,
      mapping: found.mapping,
    })),
    ignored_files: ignored,
  }
}

function rejected(drop: string, source: string, error: FileError): Findings {
  const found = error instanceof CutError ? error.found : error instanceof RowsError ? error.result : undefined
  return {
    drop,
    source,
    state: 'rejected',
    rows: found?.counts ?? NO_COUNTS,
    parts: [],
    import: null,
    problems: found?.problems ?? [],
    error: { code: error.code, message: error.message },
    dialect: null,
    mapping: {},
    notes: [],
    files: [],
    ignored_files: [],
  }
}

function* sentences(found: Findings, columns: number): Generator<string> {
  const { rows, parts, error } = found
  if (error) yield `It would be rejected (${error.code}): ${error.message}`
  else {
    const split = parts.length > 1 ? ` in ${parts.length} imports` : ''
    yield `It would be imported${split}: ${counted(rows)}.`
    if (found.files.length === 0 && found.dialect !== null) yield* readAs(found.dialect, found.mapping)
    for (const { file, rows: own, dialect, mapping } of found.files) {
      yield `${file}: ${counted(own)}.`
      for (const line of readAs(dialect, mapping)) yield `  ${line}`
    }
    if (found.ignored_files.length > 0) yield `Passed over: ${found.ignored_files.join(', ')}`
    for (const note of found.notes) yield `Note: ${note}`
    yield `Import: ${JSON.stringify(found.import)}`
  }
  for (const { file, row, column, code, message, excerpt } of found.problems) {
    const place = `${file === undefined ? '' : `${file}, `}row ${row}${column === null ? '' : `, column "${column}"`}`
    yield `  ${place}: ${code}: ${message}`
    if (excerpt) for (const line of caretLines(excerpt, columns - INDENT.length)) yield INDENT + line
  }
}

function* readAs(dialect: string, mapping: Record<string, string>): Generator<string> {
  yield `Read as: ${dialect}${isUnconfirmed(dialect) ? ' (known from its documentation only: look at the columns)' : ''}`
  for (const [name, column] of Object.entries(mapping)) yield `  ${name} from "${column}"`
}

const counted = ({ read, set_aside, skipped }: CutCounts) =>
  `${plural(read - set_aside - skipped, 'row')} of ${read} sent, ${set_aside} set aside, ${skipped} skipped`
