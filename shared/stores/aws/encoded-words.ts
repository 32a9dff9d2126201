/** Words of one run follow each other with nothing but blanks between, which are no part of the text. */
const RUN = /=\?utf-8\?[bq]\?[^?\s]*\?=(?:\s+=\?utf-8\?[bq]\?[^?\s]*\?=)*/gi
const WORD = /=\?utf-8\?([bq])\?([^?\s]*)\?=/gi

/**
 * Metadata as it was written: S3 gives back what is not ASCII as encoded words of RFC 2047, which no SDK decodes
 * (https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html).
 */
export function withoutEncodedWords(text: string): string {
  return text.replace(RUN, (run) => {
    const bytes = [...run.matchAll(WORD)].map(([, kind = '', word = '']) =>
      kind.toLowerCase() === 'b' ? Buffer.from(word, 'base64') : quoted(word),
    )
    // A character may be cut between two words.
    return Buffer.concat(bytes).toString()
  })
}

function quoted(word: string): Buffer {
  const bytes = word
    .replaceAll('_', ' ')
    .replace(/=([0-9a-f]{2})/gi, (_, hex) => String.fromCharCode(parseInt(hex, 16)))
  return Buffer.from(bytes, 'latin1')
}
