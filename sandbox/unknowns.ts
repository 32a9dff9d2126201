import { SandboxError } from './sandbox-error.ts'

/** One question that the API's documentation leaves open, and the answers that a sandbox can give. */
interface Unknown {
  question: string
  settings: Record<string, string>
  default: string
  reason: string
}

/** Strict where a program could get used to something that the real API may not do; else what the wording suggests. */
export const UNKNOWNS = {
  'U-01': {
    question: 'What a second export gets while one is in progress',
    settings: {
      '400': 'status 400',
      '409': 'status 409',
      '422': 'status 422',
      '423': 'status 423',
      '429': 'status 429',
    },
    default: '409',
    reason: 'the request is in conflict with the state of the account',
  },
  'U-02': {
    question: 'What a change of the onboarding gets once it is completed',
    settings: { '403': 'status 403', '404': 'status 404', '422': 'status 422', ignore: 'a 200, nothing is changed' },
    default: '422',
    reason: 'a rule of the application, which Rails tells by 422',
  },
  'U-03': {
    question: 'The body of a 401',
    settings: { message: 'a message', oauth: 'error and error_description', empty: 'none' },
    default: 'message',
    reason: 'the one form of an error that the documentation shows',
  },
  'U-04': {
    question: 'The body of a 404',
    settings: { message: 'a message', rails: 'status and error', 'error-list': "the product family's list of errors" },
    default: 'message',
    reason: 'the one form of an error that the documentation shows',
  },
  'U-05': {
    question: 'What becomes of a CSV with a bad row',
    settings: {
      'reject-file': 'the file is refused with 422',
      'reject-file-400': 'the file is refused with 400',
      'skip-rows': 'the bad rows are left out',
    },
    default: 'reject-file',
    reason: '"it should have a valid value for each row" speaks of the file as a whole',
  },
  'U-06': {
    question: 'A page or page size beyond the maximum',
    settings: { refuse: 'a 400', clamp: 'the maximum is taken' },
    default: 'refuse',
    reason: "the product family's lists do so, with the limits in the same words",
  },
  'U-07': {
    question: 'The status of a creation',
    settings: { '200': 'status 200', '201': 'status 201' },
    default: '201',
    reason: 'the export, the one creation whose status is documented, has 201',
  },
  'U-08': {
    question: 'Tag names and project ids that do not exist, in an import',
    settings: { ignore: 'they are left out', refuse: 'a 422' },
    default: 'ignore',
    reason: "the documentation's example names a tag and gets none",
  },
  'U-09': {
    question: 'More than 100 terms in a tag',
    settings: { refuse: 'a 422', cut: 'the first 100 are kept' },
    default: 'refuse',
    reason: 'the strict way',
  },
  'U-10': {
    question: 'A smart tag that is to be created',
    settings: { refuse: 'a 422', 'refuse-400': 'a 400', manual: 'a manual tag is made' },
    default: 'refuse',
    reason: 'only manual and text-match tags can be created',
  },
  'U-11': {
    question: 'The zone of a date without one',
    settings: { utc: 'UTC', pacific: 'Los Angeles, summer time included' },
    default: 'utc',
    reason: 'the zone that most exports are in',
  },
  'U-12': {
    question: 'The largest CSV',
    settings: {
      'below-10-mb': 'less than 10,000,000 bytes',
      'up-to-10-mb': '10,000,000 bytes',
      'up-to-10-mib': '10,485,760 bytes',
    },
    default: 'below-10-mb',
    reason: '"less than 10MB", in the narrowest sense',
  },
  'U-13': {
    question: 'A byte order mark, UTF-16, other delimiters than a comma',
    settings: {
      bom: "UTF-8's mark is let pass, nothing else",
      strict: 'the mark counts as part of the first column',
      detect: 'UTF-16 with a mark, semicolons and tabs are read too',
    },
    default: 'bom',
    reason: 'UTF-8 and "CSV" are all that is said; Ruby programs usually let the mark pass',
  },
  'U-14': {
    question: 'A project or tag whose name is taken',
    settings: { refuse: 'a 422', allow: 'another one of the name' },
    default: 'allow',
    reason: 'a name that is created twice by mistake shows then',
  },
  'U-15': {
    question: 'Onboarding that is completed without a category',
    settings: { refuse: 'a 422', accept: 'it is completed, with the category General' },
    default: 'refuse',
    reason: 'the flow exists to choose one',
  },
  'U-16': {
    question: 'Whether there is a rate limit, and its headers',
    settings: {
      off: 'no limit',
      on: 'a limit for each account and minute, with X-Rate-Limit headers',
      'without-headers': 'a limit without its headers',
    },
    default: 'off',
    reason: 'no limit is documented for this API, only for its sibling',
  },
  'U-17': {
    question: 'Whether tokens and the API are on one host',
    settings: { 'one-host': 'both at one address', 'two-hosts': 'tokens at another port' },
    default: 'one-host',
    reason: 'easier to use; the hosts of the regions are not known',
  },
  'U-18': {
    question: 'Column names in other cases or with spaces around them',
    settings: { exact: 'they are other columns', lenient: 'they count as the special columns' },
    default: 'exact',
    reason: 'the strict way',
  },
  'U-19': {
    question: 'Indexes of a list that do not count from 0',
    settings: { 'from-zero': 'a 400', anywhere: 'only their order counts' },
    default: 'from-zero',
    reason: 'the documentation shows 0 only',
  },
  'U-20': {
    question: 'JSON as the body of a request',
    settings: { accept: 'it is read', ignore: 'it is not read' },
    default: 'accept',
    reason: 'Rails reads it',
  },
  'U-21': {
    question: 'An export of another type than the two',
    settings: { refuse: 'a 400', responses: 'responses are exported' },
    default: 'refuse',
    reason: 'two types are documented',
  },
  'U-22': {
    question: 'The order of records that are equal in what is sorted by',
    settings: { 'higher-id-first': 'the younger first', 'lower-id-first': 'the older first' },
    default: 'higher-id-first',
    reason: 'the newest import comes first',
  },
  'U-23': {
    question: 'What a search for tags matches',
    settings: { words: 'whole words', substrings: 'any part of a name' },
    default: 'words',
    reason: '"full text search"',
  },
  'U-24': {
    question: 'How soon an upload is counted and analysed',
    settings: {
      'at-once': 'in the request already',
      'after-30-seconds': 'after 30 s',
      'after-10-minutes': 'after 10 min',
    },
    default: 'after-30-seconds',
    reason: 'long enough to be seen, short enough to wait for',
  },
  'U-25': {
    question: 'Whether PATCH works like PUT',
    settings: { refuse: 'a 405', 'like-put': 'it does' },
    default: 'refuse',
    reason: 'it is not documented',
  },
} as const satisfies Record<string, Unknown>

export type UnknownId = keyof typeof UNKNOWNS
/** A setting for each of the open questions. */
export type Unknowns = { [Id in UnknownId]: keyof (typeof UNKNOWNS)[Id]['settings'] }

const ENTRIES: readonly [string, Unknown][] = Object.entries(UNKNOWNS)

export const DEFAULT_UNKNOWNS = Object.fromEntries(ENTRIES.map(([id, unknown]) => [id, unknown.default])) as Unknowns

/** Settings as a command line names them, `U-05=skip-rows`. Throws a SandboxError that names the ones to choose from. */
export function unknownsOf(named: readonly string[]): Partial<Unknowns> {
  return Object.fromEntries(
    named.map((text) => {
      const [, id = '', setting = ''] = /^([^=]*)=?(.*)$/.exec(text) ?? []
      const [, unknown] = ENTRIES.find(([known]) => known === id) ?? []
      if (!unknown) throw new SandboxError(`There is no open question ${JSON.stringify(id)}; they are U-01 to U-25.`)
      if (Object.hasOwn(unknown.settings, setting)) return [id, setting]
      const settings = Object.entries(unknown.settings).map(([name, means]) => `  ${id}=${name}  ${means}`)
      throw new SandboxError(`${id}: ${unknown.question}. Set it to one of\n${settings.join('\n')}`)
    }),
  )
}
