import { isUtf8 } from 'node:buffer'
import type { ByteWindow } from './byte-window.ts'
import { wholeCharactersEnd } from './bytes.ts'
import { cellText } from './cells.ts'
import { FileDefect } from './cut-error.ts'
import * as defects from './defects.ts'
import type { FilePlan } from './file-plan.ts'
import { isBlankRow, isDamagedId, RepeatedHeader, unusualBeginnings } from './known-rows.ts'
import { LongRecord } from './long-record.ts'
import { mendSurrogates } from './mended.ts'
import type { NulFilter } from './nul-filter.ts'
import type { PartWriter } from './part-writer.ts'
import { type RecordForm, RecordScanner } from './records.ts'
import { RowCheck } from './row-check.ts'
import { RowWriter } from './row-writer.ts'
import type { Defect, SetAside } from './set-aside.ts'
import { type CutCounts, type CutInput, NO_COUNTS } from './types.ts'

/** Longest record that is held, and so the longest that can be imported, in bytes of UTF-8. */
export const MAX_RECORD_BYTES = 1024 * 1024

/** What the cutter waits for. */
export type CutterNeed = 'bytes' | 'new-part' | 'set-aside-flush' | 'claims'

export interface RowCutterInput {
  plan: FilePlan
  form: RecordForm
  window: ByteWindow
  writer: PartWriter
  setAside: SetAside
  encoding: string
  /** The configured `dates.format`. */
  format: string | undefined
  refused: NonNullable<CutInput['refused']>
  claims?: CutInput['claims']
  known?: CutInput['known']
  nuls: NulFilter
  /** Whether rows are digested. */
  isMarked: boolean
  maxPartBytes: number
  /** Spreadsheet row of the first record in the window. */
  row: number
  /** Those of the files before, in an archive: parts count on from file to file. */
  rowsBefore: number
}

/** Takes records from the window and puts each into a part or aside, synchronously, until it needs something. */
export class RowCutter {
  /** But for rows set aside, which SetAside counts. */
  readonly counts: CutCounts = { ...NO_COUNTS }
  #row: number
  #isClean = false
  /** Where in the window records begin that hold replacement characters for halves of surrogate pairs. */
  readonly #mended = new Set<number>()
  #long: LongRecord | undefined
  readonly #header: RepeatedHeader
  readonly #unusual: Uint8Array
  readonly #input: RowCutterInput
  readonly #scanner: RecordScanner
  readonly #check: RowCheck
  readonly #rows: RowWriter

  constructor(input: RowCutterInput) {
    this.#input = input
    this.#row = input.row
    this.#scanner = new RecordScanner(input.form)
    this.#header = new RepeatedHeader(input.plan.headerRows)
    this.#unusual = unusualBeginnings(input.plan.headerRows, input.form.delimiter)
    this.#check = new RowCheck(input.plan, input.format)
    this.#rows = new RowWriter(input.plan, input.writer, input.isMarked)
  }

  /** Spreadsheet row of the next record. */
  get row(): number {
    return this.#row
  }

  /** To be called when the window has new bytes: one look at all of them spares a look at each record. */
  noteBytes(isLast: boolean): void {
    const { bytes, start, end } = this.#input.window
    const to = isLast ? end : wholeCharactersEnd(bytes, start, end)
    this.#isClean = this.#isReadable(bytes.subarray(start, to))
    this.#mended.clear()
  }

  /** Throws FileDefect `unclosed_quote` where the file ends inside quotes. */
  run(isLast: boolean): CutterNeed {
    const need = this.#run(isLast)
    this.#input.writer.settleCopies()
    return need
  }

  #run(isLast: boolean): CutterNeed {
    const { window, setAside } = this.#input
    const scanner = this.#scanner
    while (window.start < window.end) {
      // Where files were put one behind the other, it stands in the middle.
      if (!this.#long && window.bytes[window.start] === 0xef) window.start += bomLength(window)
      if (this.#long) {
        if (!this.#skipLong(this.#long, isLast)) return 'bytes'
      } else if (scanner.scan(window.bytes, window.start, window.end, isLast)) {
        const need = this.#take()
        if (need) return need
        window.start = scanner.next
        this.#row += 1
      } else if (isLast) {
        throw unclosedQuote(this.#row)
      } else if (window.length > MAX_RECORD_BYTES + 2) {
        this.#long = new LongRecord(this.#input.form)
      } else return 'bytes'
      if (setAside.isFull) return 'set-aside-flush'
    }
    if (isLast && this.#long) this.#endLong(this.#long)
    return 'bytes'
  }

  /**
   * Ids of the records in the window that can be imported, from the next one on: what the claims must be asked about
   * before `run` goes on after it said 'claims'.
   */
  idsAhead(isLast: boolean): string[] {
    const { window, plan, form, format } = this.#input
    const scanner = new RecordScanner(form)
    const check = new RowCheck(plan, format)
    const ids: string[] = []
    for (let at = window.start; at < window.end; at = scanner.next) {
      if (!scanner.scan(window.bytes, at, window.end, isLast)) break
      const end = scanner.ends[scanner.count - 1] as number
      const isFit = !this.#unreadable(scanner.start, end) && !check.check(window.bytes, scanner)
      const id = isFit ? this.#claimableId(scanner) : ''
      if (id !== '') ids.push(id)
    }
    return ids
  }

  /** Handles the record found last, unless something is needed first. */
  #take(): 'new-part' | 'claims' | undefined {
    const { window } = this.#input
    const scanner = this.#scanner
    const { bytes } = window
    const isUnusual = this.#unusual[bytes[scanner.start] as number] === 1
    if (isUnusual && isBlankRow(bytes, scanner)) return undefined
    const end = scanner.ends[scanner.count - 1] as number
    const isLong = end - scanner.start > MAX_RECORD_BYTES
    const defect = isLong
      ? defects.rowTooLarge(MAX_RECORD_BYTES, false)
      : ((isUnusual ? this.#header.check(bytes, scanner) : undefined) ??
        this.#unreadable(scanner.start, end) ??
        this.#check.check(bytes, scanner) ??
        this.#known() ??
        this.#claimed() ??
        this.#refusal())
    if (defect === 'claims') return defect
    if (defect === 'duplicate') this.counts.duplicate += 1
    else if (defect === 'skip') this.counts.skipped += 1
    else if (defect) this.#setAside(defect, !isLong)
    else {
      const claimedId = this.#input.claims ? this.#claimableId(scanner) : ''
      const outcome = this.#rows.write(this.#rowOfAll, bytes, scanner, this.#check, claimedId !== '')
      if (outcome === 'part-full') return 'new-part'
      if (outcome === 'written') this.#noteSent(claimedId)
      if (outcome === 'too-large') this.#setAside(defects.rowTooLarge(this.#input.maxPartBytes, true), true)
    }
    this.counts.read += 1
    return undefined
  }

  #noteSent(claimedId: string): void {
    const { claims, nuls, refused } = this.#input
    const { counts } = this
    if (claims && claimedId === '' && isDamagedId(this.#idOf(this.#scanner))) counts.unclaimed += 1
    if (claims && claimedId !== '' && refused.length > 0) claims.noteSent(claimedId)
    if (this.#check.isBlankScore) counts.blank_scores += 1
    const isMended = this.#mended.has(this.#scanner.start)
    if (isMended || nuls.stoodIn(this.#input.window, this.#scanner)) counts.cleaned += 1
  }

  #known(): 'duplicate' | undefined {
    return this.#input.known?.has(this.#rowOfAll) ? 'duplicate' : undefined
  }

  get #rowOfAll(): number {
    return this.#row + this.#input.rowsBefore
  }

  #claimed(): 'claims' | 'duplicate' | undefined {
    const { claims } = this.#input
    const id = claims ? this.#claimableId(this.#scanner) : ''
    if (!claims || id === '') return undefined
    if (!claims.knows(id)) return 'claims'
    return claims.isForeign(id) ? 'duplicate' : undefined
  }

  /** '' where the row has no id, or one that a spreadsheet has made equal to others. */
  #claimableId(scanner: RecordScanner): string {
    const id = this.#idOf(scanner)
    return isDamagedId(id) ? '' : id
  }

  #idOf(scanner: RecordScanner): string {
    const { plan, window } = this.#input
    const index = plan.id?.index
    if (index === undefined || index >= scanner.count) return ''
    return cellText(window.bytes, scanner.fieldStart(index), scanner.ends[index] as number).trim()
  }

  #setAside(defect: Defect, isKept: boolean): void {
    const { setAside, window } = this.#input
    setAside.add(this.#row, defect, isKept ? { bytes: window.bytes, scanner: this.#scanner } : undefined)
  }

  #unreadable(from: number, to: number): Defect | undefined {
    if (this.#isClean) return undefined
    const { encoding, window } = this.#input
    const record = window.bytes.subarray(from, to)
    if (this.#isReadable(record)) return undefined
    // In UTF-16 it stands for half a pair: nothing else there can't be decoded.
    const isMended = encoding.startsWith('utf-16') || (encoding === 'utf-8' && mendSurrogates(record))
    if (!isMended) return defects.notUtf8(encoding)
    this.#mended.add(from)
    return undefined
  }

  /** Of a file that was decoded, the replacement character stands where that was not possible. */
  #isReadable(bytes: Buffer): boolean {
    return this.#input.encoding === 'utf-8' ? isUtf8(bytes) : !bytes.includes('\ufffd')
  }

  #refusal(): Defect | undefined {
    for (const { firstRow, lastRow, message } of this.#input.refused) {
      if (this.#rowOfAll < firstRow || this.#rowOfAll > lastRow) continue
      const id = this.#claimableId(this.#scanner)
      if (id !== '') this.#input.claims?.noteRefused(id)
      return { code: 'refused_by_cxi', column: null, message }
    }
    return undefined
  }

  /** Whether the end of the long record was found. */
  #skipLong(long: LongRecord, isLast: boolean): boolean {
    const { window } = this.#input
    const next = long.skip(window.bytes, window.start, window.end)
    window.start = next < 0 ? window.end : next
    if (next < 0 && !isLast) return false
    this.#endLong(long)
    return true
  }

  #endLong(long: LongRecord): void {
    if (long.isOpen) throw unclosedQuote(this.#row)
    this.#long = undefined
    this.#setAside(defects.rowTooLarge(MAX_RECORD_BYTES, false), false)
    this.counts.read += 1
    this.#row += 1
  }
}

/** 3 where the window goes on with a byte order mark. */
const bomLength = ({ bytes, start, end }: ByteWindow) =>
  end - start >= 3 && bytes[start + 1] === 0xbb && bytes[start + 2] === 0xbf ? 3 : 0

function unclosedQuote(row: number): FileDefect {
  const message = `The file ends inside quotation marks that are opened in row ${row}. Close them there, or export the file again if it was cut off.`
  return new FileDefect('unclosed_quote', message, { row })
}
