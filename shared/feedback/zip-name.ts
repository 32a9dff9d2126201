import { isUtf8 } from 'node:buffer'

/** Code page 437 from 0x80 on (APPNOTE appendix D): what Windows writes where a zip does not say that it is UTF-8. */
const CODE_PAGE_437 =
  'ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u00a0'

/** A file's name in a zip. macOS writes UTF-8 without saying so, hence what can be UTF-8 is. */
export function zipName(bytes: Buffer): string {
  if (isUtf8(bytes)) return bytes.toString()
  return Array.from(bytes, (byte) => (byte < 0x80 ? String.fromCharCode(byte) : CODE_PAGE_437[byte - 0x80])).join('')
}

/** Folders, and what macOS, Windows and others add for themselves. */
export function isSystemFile(name: string): boolean {
  return (
    name.endsWith('/') ||
    name.split('/').some((part) => part === '__MACOSX' || part.startsWith('.')) ||
    /(?:^|\/)(?:thumbs\.db|ehthumbs\.db|desktop\.ini)$/i.test(name)
  )
}
