/** Links that a mail filter put in the place of others are nested at most as often as there are filters on the way. */
const MAX_NESTED = 4
const SAFE_LINKS = /(^|\.)safelinks\.protection\.(outlook\.com|office365\.us)$/i

/**
 * The address behind Microsoft's Safe Links, which carry it in a parameter; they themselves are never requested. Any
 * other address as it is; null where there is none inside.
 */
export function innerAddress(link: URL): URL | null {
  let url: URL | null = link
  for (let nested = 0; url && SAFE_LINKS.test(url.hostname); nested += 1) {
    const inner: string | null = url.searchParams.get('url')
    url = nested === MAX_NESTED || inner === null ? null : URL.parse(inner)
  }
  return url
}
