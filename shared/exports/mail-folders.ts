import type { Relay } from '../config/types.ts'

/** Where an account's mails arrive, with the slash at its end: `mail/`, or `mail/<account>/` where there are several. */
export const mailFolderOf = ({ accounts }: Pick<Relay, 'accounts'>, name: string): string =>
  Object.keys(accounts).length > 1 ? `mail/${name}/` : 'mail/'

/** A mail's place: its name, and whose it is; null where its folder does not tell. Undefined: no mail that arrived. */
export function mailPlaceOf(
  { accounts }: Pick<Relay, 'accounts'>,
  key: string,
): { account: string | null; name: string } | undefined {
  const [, folder, name] = /^mail\/(?:([^/]+)\/)?([^/]+)$/.exec(key) ?? []
  // What Amazon SES puts there when a rule is set up.
  if (name === undefined || name === 'AMAZON_SES_SETUP_NOTIFICATION') return undefined
  if (folder !== undefined) return Object.hasOwn(accounts, folder) ? { account: folder, name } : undefined
  const [only = null, ...others] = Object.keys(accounts)
  return { account: others.length === 0 ? only : null, name }
}
