/** A command of the API's documentation, as it stands there. */
export interface DocumentedCommand {
  does: string
  command: string
  /** Whether the account has completed its onboarding. */
  onboarded: boolean
  status: number
  /** An answer of the same build: keys in their order, kinds of values. Undefined for an empty body. */
  answer?: unknown
  /** What the answer must say. */
  says?: object
}

const TOKEN = { access_token: '', token_type: '', expires_in: 0 }
const IMPORT = {
  id: 6,
  name: '',
  source: '',
  metric_type: '',
  language: '',
  secondary_product_category_id: null,
  response_count: 2,
  created_at: 0,
}
const PROJECT = { id: 8, name: '', response_count: 0, created_at: 0 }
const TAG = {
  id: 78,
  name: '',
  display_name: '',
  description: '',
  mode: '',
  enabled: true,
  scope_by_parent: false,
  text_match_terms: [''],
  filter_rules: {},
}
const ONBOARDING = {
  onboarded: false,
  mode: '',
  product_category_id: 9,
  product_categories: [{ id: 1, name: '' }],
  tags: [{ id: 90, mode: '', name: '', response_ids: [] }],
}
const PROPERTIES = [{ key: '', data_type: '', value: '' }]
const RESPONSE = {
  id: 413,
  project_ids: [] as number[],
  feedback: '',
  translated_feedback: null,
  user_id: '',
  feedback_date: 0,
  score: 7,
  metric_type: null as string | null,
  custom_properties: PROPERTIES,
  tags: [] as unknown[],
  sentiment: null as string | null,
  wootric_response_id: null,
  wootric_account_id: 38,
}

/** Every command of the documentation, in its order. */
export const DOCUMENTED: readonly DocumentedCommand[] = [
  {
    does: 'a token by password',
    command: `curl -i https://api.wootric.com/oauth/token?account_token=NPS-XXXX \\
     -F grant_type=password \\
     -F username=<youremailaddress> \\
     -F password=<yourpassword>`,
    onboarded: true,
    status: 200,
    answer: { ...TOKEN, refresh_token: '', scope: '' },
    says: { token_type: 'bearer', expires_in: 7200, scope: 'public' },
  },
  {
    does: 'a token by client credentials',
    command: `curl -X POST https://api.wootric.com/oauth/token \\
     -F grant_type=client_credentials \\
     -F client_id=<yourclientid> \\
     -F client_secret=<yourclientsecret>`,
    onboarded: true,
    status: 200,
    answer: { ...TOKEN, scope: '' },
    says: { token_type: 'bearer', expires_in: 7200, scope: 'public' },
  },
  {
    does: 'a token in the header',
    command: `curl -X GET -H "Authorization: Bearer <youraccesstoken>" https://cxi-api.wootric.com/v1/imports`,
    onboarded: true,
    status: 200,
    answer: [IMPORT],
  },
  {
    does: 'a call before the onboarding',
    command: `curl -i -H "Authorization: Bearer myaccesstoken" -X GET "$AI_SERVER/v1/imports"`,
    onboarded: false,
    status: 424,
    answer: { message: '' },
    says: { message: 'Please complete the onboarding flow first.' },
  },
  {
    does: 'the onboarding of an onboarded account',
    command: `curl -s -H "Authorization: Bearer myaccesstoken" -X GET "https://cxi-api.wootric.com/v1/onboarding" | jq`,
    onboarded: true,
    status: 200,
    answer: { onboarded: true, mode: '' },
    says: { onboarded: true, mode: 'full' },
  },
  {
    does: 'the onboarding of another one',
    command: `curl -s -H "Authorization: Bearer myaccesstoken" -X GET "https://cxi-api.wootric.com/v1/onboarding" | jq`,
    onboarded: false,
    status: 200,
    answer: { ...ONBOARDING, product_category_id: null, tags: [] },
    says: { onboarded: false, mode: 'full' },
  },
  {
    does: 'a category',
    command: `curl -s -H "Authorization: Bearer myaccesstoken" -X PUT "https://cxi-api.wootric.com/v1/onboarding" \\
  -F product_category_id=9
  | jq`,
    onboarded: false,
    status: 200,
    answer: { ...ONBOARDING, project: { name: null, responses: [] } },
    says: { onboarded: false, mode: 'full', product_category_id: 9 },
  },
  {
    does: "onboarding's project and import",
    command: `curl -s -H "Authorization: Bearer myaccesstoken" -X PUT "https://cxi-api.wootric.com/v1/onboarding" \\
  -F project[name]=Enterprise \\
  -F import[name]=important.csv \\
  -F import[source]="Survey Monkey" \\
  -F import[metric_type]=NPS \\
  | jq`,
    onboarded: false,
    status: 200,
    answer: {
      ...ONBOARDING,
      project: { name: '', responses: [] },
      import: { name: '', source: '', metric_type: '', sample_analyzed: true },
    },
    says: {
      product_category_id: 9,
      project: { name: 'Enterprise' },
      import: { name: 'important.csv', source: 'Survey Monkey', metric_type: 'nps', sample_analyzed: true },
    },
  },
  {
    does: 'the end of the onboarding',
    command: `$ curl -s -H "Authorization: Bearer myaccesstoken" -X PUT "https://cxi-api.wootric.com/v1/onboarding" -F onboarded=true | jq`,
    onboarded: false,
    status: 200,
    answer: { onboarded: true, mode: '' },
    says: { onboarded: true, mode: 'full' },
  },
  {
    does: 'the projects',
    command: `curl -s -H "Authorization: Bearer myaccesstoken" -X GET "https://cxi-api.wootric.com/v1/projects" | jq`,
    onboarded: true,
    status: 200,
    answer: [PROJECT],
  },
  {
    does: 'a new project',
    command: `curl -X POST -H "Authorization: Bearer myaccesstoken" "https://cxi-api.wootric.com/v1/projects" \\
  -F project[name]="My new Project"`,
    onboarded: true,
    status: 201,
    answer: PROJECT,
    says: { name: 'My new Project', response_count: 0 },
  },
  {
    does: 'a changed project',
    command: `curl -X PUT -H "Authorization: Bearer myaccesstoken" "https://cxi-api.wootric.com/v1/projects/8" \\
  -F project[name]="Updated name for the Project"`,
    onboarded: true,
    status: 200,
    answer: PROJECT,
    says: { id: 8, name: 'Updated name for the Project' },
  },
  {
    does: 'the tags',
    command: `curl -s -H "Authorization: Bearer myaccesstoken" -X GET "https://cxi-api.wootric.com/v1/tags" | jq`,
    onboarded: true,
    status: 200,
    answer: [
      {
        ...TAG,
        description: null,
        scope_by_parent: null,
        text_match_terms: [],
        response_count: 39,
        usage: 48.1,
        sentiment_breakdown: { positive: 46.15, neutral: 17.95, negative: 35.9, null: 0 },
        children: [],
      },
    ],
  },
  {
    does: 'a new tag',
    command: `curl -s -H "Authorization: Bearer myaccesstoken" -X POST "https://cxi-api.wootric.com/v1/tags" \\
  -F tag[name]=my-tag \\
  -F tag[description]="the descrition" \\
  -F tag[mode]=text_match \\
  -F tag[text_match_terms][]="term1" \\
  -F tag[text_match_terms][]="term2" \\
  -F tag[text_match_terms][]="term3" \\
  | jq`,
    onboarded: true,
    status: 201,
    answer: TAG,
    says: {
      name: 'MY-TAG',
      display_name: 'MY-TAG',
      description: 'the descrition',
      mode: 'text_match',
      enabled: true,
      scope_by_parent: false,
      text_match_terms: ['term1', 'term2', 'term3'],
      filter_rules: {},
    },
  },
  {
    does: 'a changed tag',
    command: `curl -s -H "Authorization: Bearer myaccesstoken" -X PUT "https://cxi-api.wootric.com/v1/tags/78" \\
  -F tag[name]=my-updated-tag \\
  -F tag[description]="the updated descrition" \\
  -F tag[text_match_terms][]="term3" \\
  -F tag[text_match_terms][]="term4" \\
  | jq`,
    onboarded: true,
    status: 200,
    answer: TAG,
    says: {
      id: 78,
      name: 'MY-UPDATED-TAG',
      display_name: 'MY-UPDATED-TAG',
      description: 'the updated descrition',
      mode: 'text_match',
      text_match_terms: ['term3', 'term4'],
    },
  },
  {
    does: 'a deleted tag',
    command: `curl -s -H "Authorization: Bearer myaccesstoken" -X DELETE "https://cxi-api.wootric.com/v1/tags/78" | jq`,
    onboarded: true,
    status: 200,
  },
  {
    does: 'the imports',
    command: `curl -s -H "Authorization: Bearer myaccesstoken" -X GET "https://cxi-api.wootric.com/v1/imports" | jq`,
    onboarded: true,
    status: 200,
    answer: [IMPORT],
  },
  {
    does: 'one import',
    command: `curl -s -H "Authorization: Bearer myaccesstoken" -X GET "https://cxi-api.wootric.com/v1/imports/6" | jq`,
    onboarded: true,
    status: 200,
    answer: {
      ...IMPORT,
      sample_analyzed: true,
      responses: [{ ...RESPONSE, metric_type: '', tags: [{}], sentiment: '' }],
    },
    says: { id: 6, sample_analyzed: true },
  },
  {
    does: 'an upload',
    command: `curl -s -H "Authorization: Bearer myaccesstoken" -XPOST "https://cxi-api.wootric.com/v1/imports" -F "file=@data.csv" | jq`,
    onboarded: true,
    status: 201,
    answer: { ...IMPORT, source: null, metric_type: null, sample_analyzed: false, responses: [RESPONSE] },
    says: { name: 'data.csv', language: 'en', response_count: 0, sample_analyzed: false },
  },
  {
    does: 'a changed import',
    command: `curl -s -H "Authorization: Bearer myaccesstoken" -X PUT "https://cxi-api.wootric.com/v1/imports/11" \\
  -F import[name]="My second import" \\
  -F import[metric_type]=CES \\
  -F import[source]=Intercom \\
  -F import[tag_names][0]=TEST \\
  -F import[project_ids][0]=5 | jq`,
    onboarded: true,
    status: 200,
    answer: {
      ...IMPORT,
      sample_analyzed: false,
      responses: [{ ...RESPONSE, project_ids: [5], metric_type: '' }],
    },
    says: {
      id: 11,
      name: 'My second import',
      source: 'Intercom',
      metric_type: 'ces',
      response_count: 0,
      responses: [{ project_ids: [5], metric_type: 'ces', tags: [], sentiment: null }],
    },
  },
  {
    does: 'a deleted import',
    command: `curl -i -s -X DELETE -H "Authorization: Bearer myaccesstoken" "https://cxi-api.wootric.com/v1/imports/10"`,
    onboarded: true,
    status: 202,
  },
  {
    does: 'the responses',
    command: `curl -s -H "Authorization: Bearer myaccesstoken" -X GET "https://cxi-api.wootric.com/v1/responses" | jq`,
    onboarded: true,
    status: 200,
    answer: {
      total_count: 10,
      items: [{ ...RESPONSE, project_ids: [5], metric_type: '', tags: [{}], sentiment: '' }],
    },
  },
  {
    does: 'an export',
    command: `curl -i -s -X POST -H "Authorization: Bearer myaccesstoken" "https://cxi-api.wootric.com/v1/exports"`,
    onboarded: true,
    status: 201,
  },
]
