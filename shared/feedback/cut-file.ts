import { Intake } from './intake.ts'
import { openFile } from './open-file.ts'
import type { Pass } from './pass.ts'
import { RowCutter } from './row-cutter.ts'
import { SetAside } from './set-aside.ts'
import type { ReadOptions } from './types.ts'
import type { UnpackedFile } from './unpacked.ts'

/** Cuts one file of a pass: its own header, dialect, encoding and parts. Throws as `cut` does, but FileDefects. */
export async function cutFile(pass: Pass, file: UnpackedFile): Promise<void> {
  const { sinks, writer, maxPartBytes } = pass
  const { refused = [], claims, known, rowKey, signal, nowMs = Date.now() } = pass.input
  const options = optionsFor(pass.input.options, file.number)
  const intake = await Intake.open(file, options.encoding, pass.window)
  const { window, encoding, nuls } = intake
  const { plan, form, row } = await openFile(intake, options, nowMs)
  await writer.startFile(plan.header, file.name)
  const setAside = new SetAside(plan, file, sinks)
  const format = options.dates?.format
  const { rowsBefore } = pass
  const rows = { refused, claims, known, nuls, maxPartBytes, row, rowsBefore, isMarked: rowKey !== undefined }
  const cutter = new RowCutter({ plan, form, window, writer, setAside, encoding, format, ...rows })
  pass.openFile({ file, plan, cutter, setAside, rowsBefore })
  for (;;) {
    cutter.noteBytes(intake.isLast)
    for (let need = cutter.run(intake.isLast); need !== 'bytes'; need = cutter.run(intake.isLast)) {
      if (need === 'new-part') await writer.flush()
      else if (need === 'claims') await claims?.claim(cutter.idsAhead(intake.isLast))
      else await setAside.flush()
    }
    pass.report(intake.isLast)
    if (intake.isLast) break
    signal?.throwIfAborted()
    await intake.fill()
  }
  await setAside.flush()
  pass.endFile()
}

/** With the order of days and months that this file settled itself when it was read before. */
function optionsFor(options: ReadOptions, file: number): ReadOptions {
  const order = options.orders?.[file]
  return order ? { ...options, dates: { ...options.dates, order } } : options
}
