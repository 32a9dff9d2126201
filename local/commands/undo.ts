import { RelayError } from '../../shared/errors.ts'
import { identify } from '../../shared/imports/status.ts'
import { startUndo } from '../../shared/imports/undo.ts'
import { type HomeOptions, withHome } from './opened-home.ts'

const WORDS = {
  undone: 'It was undone before.',
  rejected: 'Nothing of it was sent, so there is nothing to undo.',
}

/** Deletes a drop's imports from CXI. Throws RelayErrors `not_found` and `not_read_yet`. */
export async function undo(what: string, options: HomeOptions): Promise<void> {
  await withHome(options, async ({ deps, whenDone }) => {
    const { drop, arrival } = await identify(deps, what)
    const start = drop === null ? 'unknown' : await startUndo(deps, drop)
    if (start === 'unknown') {
      throw new RelayError(
        'not_read_yet',
        `Nothing of ${arrival === what ? 'it' : what} was sent: it was rejected, or has not been read yet. "status" tells which.`,
      )
    }
    console.log(
      start === 'undoing'
        ? `Its imports are being deleted from CXI; its receipt will say "undone".${whenDone}`
        : WORDS[start],
    )
  })
}
