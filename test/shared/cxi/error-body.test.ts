import { describe, expect, it } from 'vitest'
import { cleaned, wordsOf } from '../../../shared/cxi/error-body.ts'

describe('wordsOf', () => {
  it.each([
    [
      'message',
      '{"message":"Please complete the onboarding flow first."}',
      'Please complete the onboarding flow first.',
    ],
    [
      'errors[].message',
      '{"type":"error_list","errors":[{"status":"record_not_found","message":"The record could not be found","field":null},{"message":"Other"}]}',
      'The record could not be found; Other',
    ],
    ['errors as texts', '{"errors":["one","two"]}', 'one; two'],
    ['errors by field', '{"errors":{"name":["is too long","is odd"]}}', 'name: is too long; is odd'],
    [
      'error_description before error',
      '{"error":"invalid_grant","error_description":"It has expired."}',
      'It has expired.',
    ],
    ['error', '{"error":"Not found","status":404}', 'Not found'],
    ['message before all others', '{"error":"x","message":"first"}', 'first'],
    ['an empty message', '{"message":"","error":"second"}', 'second'],
    ['error as an object', '{"error":{"message":"inside"}}', 'inside'],
    ['a JSON string', '"plain"', 'plain'],
    ['raw text', 'upstream connect error', 'upstream connect error'],
    [
      'a page of a load balancer',
      '<html><head><title>502 Bad Gateway</title></head><body><h1>502</h1></body></html>',
      '502 Bad Gateway',
    ],
    [
      'a page without a title',
      '<!doctype html><body><style>p{}</style><p>Service<br>down</p><script>x()</script>',
      'Service down',
    ],
    ['nothing', '', ''],
    ['JSON of another form, as it is', '{"status":500}', '{"status":500}'],
  ])('reads %s', (_, body, words) => {
    expect(wordsOf(body)).toBe(words)
  })

  it('is one line of at most 300 characters', () => {
    const words = wordsOf(JSON.stringify({ message: `a\r\nb\u0000c ${'long words '.repeat(100)}` }))

    expect(words.startsWith('a b c long')).toBe(true)
    expect(words.length).toBe(300)
  })
})

describe('cleaned', () => {
  it.each([
    ['an e-mail address', 'user jane.doe+x@example.co.uk is unknown', 'user [address] is unknown'],
    ['a token', 'token 8f14e45fceea167a5a36dedd4bea2543 expired', 'token [removed] expired'],
    ['a bearer token', 'Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.abc', 'Bearer [removed]'],
    ['a query string', 'see https://example.com/a/b?token=1&x=2 now', 'see https://example.com/a/b now'],
  ])('removes %s', (_, text, expected) => {
    expect(cleaned(text)).toBe(expected)
  })

  it('leaves the name of a field', () => {
    expect(cleaned('secondary_product_category_id is invalid')).toBe('secondary_product_category_id is invalid')
  })
})
