const TOKEN =
  /\s*(?:[[\]{},:]|"(?:[^"\\\p{Cc}]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)/uy

/**
 * Where a text stops being JSON, as `line 3, column 7`. The parser's own message would quote the text, which may be a
 * secret.
 */
export function positionOfDefect(text: string): string {
  const open: string[] = []
  let state: 'value' | 'first-value' | 'name' | 'first-name' | 'colon' | 'comma' | 'end' = 'value'
  let at = 0
  while (at < text.length) {
    TOKEN.lastIndex = at
    const token = TOKEN.exec(text)?.[0]
    if (token === undefined) break
    const sign = token.trim()
    const isText = sign.startsWith('"')
    const closes = (sign === '}' && open.at(-1) === '{') || (sign === ']' && open.at(-1) === '[')
    if (closes && (state === 'comma' || state === (sign === '}' ? 'first-name' : 'first-value'))) {
      open.pop()
      state = open.length === 0 ? 'end' : 'comma'
    } else if (state === 'name' || state === 'first-name') {
      if (!isText) break
      state = 'colon'
    } else if (state === 'colon') {
      if (sign !== ':') break
      state = 'value'
    } else if (state === 'comma') {
      if (sign !== ',') break
      state = open.at(-1) === '{' ? 'name' : 'value'
    } else if (state === 'end' || /^[\]},:]/.test(sign)) {
      break
    } else if (sign === '{' || sign === '[') {
      open.push(sign)
      state = sign === '{' ? 'first-name' : 'first-value'
    } else {
      state = open.length === 0 ? 'end' : 'comma'
    }
    at += token.length
  }
  const before = text.slice(0, at + (/^\s*/.exec(text.slice(at))?.[0].length ?? 0))
  const lines = before.split('\n')
  return `line ${lines.length}, column ${(lines.at(-1) ?? '').length + 1}`
}
