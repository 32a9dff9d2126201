/** Compares strings by code point, as UTF-8 bytes, SQLite, S3 and DynamoDB do (`<` compares UTF-16 units instead). */
export function byCodePoint(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}
