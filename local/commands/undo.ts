import { RelayError } from '../../shared/errors.ts'
import { identify } from '../../shared/imports/status.ts'
import { readDrop } from '../../shared/imports/store-access.ts'
import { startUndo } from '../../shared/imports/undo.ts'
import { type HomeOptions, withHome } from './opened-home.ts'

const WORDS = {
  undone: 'Its imports are deleted from CXI; dropped again, it would be imported anew.',
  rejected: 'Nothing of it was sent, so there is nothing to undo.',
}

/** Deletes a drop's imports from CXI. Throws RelayErrors `not_found` and `not_read_yet`. */
export async function undo(what: string, options: HomeOptions & { json: boolean }): Promise<void> {
  await withHome(options, async ({ deps, finish, whenDone }) => {
    const { drop, arrival } = await identify(deps, what)
    const start = drop === null ? 'unknown' : await startUndo(deps, drop)
    if (drop === null || start === 'unknown') {
      throw new RelayError(
        'not_read_yet',
        `Nothing of ${arrival === what ? 'it' : what} was sent: it was rejected, or has not been read yet. "status" tells which.`,
      )
    }
    const isUndone = async () => (await readDrop(deps, drop))?.value.state === 'undone'
    const state = start === 'undoing' && (await finish(isUndone)) ? 'undone' : start
    if (options.json) console.log(JSON.stringify({ id: drop, state }, null, 2))
    else if (state !== 'undoing') console.log(WORDS[state])
    else console.log(`Its imports are being deleted from CXI; its receipt will say "undone".${whenDone}`)
  })
}
