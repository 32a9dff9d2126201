import { isUtf8 } from 'node:buffer'

/** Code page 437 from 0x80 on (APPNOTE appendix D): what Windows writes where a zip does not say that it is UTF-8. */
const CODE_PAGE_437 =
  'ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u00a0'

/** A file's name in a zip. macOS writes UTF-8 without saying so, hence what can be UTF-8 is. */
export function zipName(bytes: Buffer): string {
  if (isUtf8(bytes)) return bytes.toString()
  return Array.from(bytes, (byte) => (byte < 0x80 ? String.fromCharCode(byte) : CODE_PAGE_437[byte - 0x80])).join('')
}

/** In archives: folders, hidden files, and what systems write for themselves. */
export function isSystemFile(name: string): boolean {
  return name.endsWith('/') || name.split('/').some((part) => part.startsWith('.')) || isSystemsOwn(name)
}

/** What macOS, Windows and office programs write beside people's files, for themselves. */
export function isSystemsOwn(path: string): boolean {
  const parts = path.split('/')
  return (
    parts.includes('__MACOSX') ||
    /^(?:\.ds_store|(?:eh)?thumbs\.db|desktop\.ini|~\$.*|\.~lock\..*)$/i.test(parts.at(-1) as string)
  )
}
