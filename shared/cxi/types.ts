/** The CXI API's own shapes, spelled as the API spells them. Times are Unix seconds. */

export type MetricType = 'nps' | 'ces' | 'csat' | 'other'

export interface CxiProject {
  id: number
  name: string
  response_count: number
  created_at: number
}

export interface CxiTag {
  id: number
  name: string
  display_name: string
  description: string | null
  mode: 'manual' | 'smart' | 'text_match'
  enabled: boolean
  scope_by_parent: boolean | null
  text_match_terms: string[]
  filter_rules: Record<string, unknown>
  /** The four that follow are only in lists, and only without `no_stats`. */
  response_count?: number
  usage?: number
  sentiment_breakdown?: { positive: number; neutral: number; negative: number; null: number }
  children?: CxiTag[]
}

export interface CxiImport {
  id: number
  name: string
  source: string | null
  metric_type: MetricType | null
  language: string
  secondary_product_category_id: number | null
  response_count: number
  created_at: number
}

export interface CxiImportDetail extends CxiImport {
  sample_analyzed: boolean
  responses: CxiResponse[]
}

export interface CxiResponse {
  id: number
  project_ids: number[]
  feedback: string | null
  translated_feedback: string | null
  user_id: string | null
  feedback_date: number | string
  score: number | null
  metric_type: MetricType | null
  custom_properties: { key: string; data_type: string; value: string }[]
  tags: CxiResponseTag[]
  sentiment: 'positive' | 'negative' | 'neutral' | null
  wootric_response_id: number | null
  wootric_account_id: number
}

export type CxiResponseTag = Pick<
  CxiTag,
  'id' | 'name' | 'display_name' | 'description' | 'mode' | 'text_match_terms' | 'filter_rules'
> & { sentiment: string | null }

export interface CxiOnboarding {
  onboarded: boolean
  mode: string
  product_category_id?: number | null
  product_categories?: { id: number; name: string }[]
  tags?: { id: number; mode: string; name: string; response_ids: number[] }[]
  project?: { name: string | null; responses: unknown[] }
  import?: { name: string; source: string | null; metric_type: string | null; sample_analyzed: boolean }
}

export interface OnboardingUpdate {
  product_category_id?: number
  onboarded?: boolean
  project?: { name: string }
  import?: { name?: string; source?: string; metric_type?: string; language?: string }
}

export interface TagFields {
  name?: string
  description?: string
  mode?: 'manual' | 'text_match'
  parent_id?: number
  text_match_terms?: string[]
  filter_rules?: Record<string, unknown>
}

export interface ImportMetadata {
  name?: string
  source?: string
  metric_type?: MetricType
  language?: string
  secondary_product_category_id?: number
  tag_names?: string[]
  project_ids?: number[]
}

export interface TagQuery {
  page?: number
  per_page?: number
  flat?: boolean
  sort?: 'name_asc' | 'name_desc' | 'responses_asc'
  search?: string
  no_stats?: boolean
  exclude_disabled?: boolean
}

export interface PageQuery {
  page?: number
  per_page?: number
}

export interface ResponsePage {
  total_count: number
  items: CxiResponse[]
}
