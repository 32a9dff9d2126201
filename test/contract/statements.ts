/** One statement about the API; `client` says what of the client it concerns. */
export interface Statement {
  id: string
  words: string
  client: string
  /** Why there is no test, for a statement that only explains others. */
  explains: string | null
}

// id | statement | what of the client it concerns | why it only explains
// CXI: from the API's documentation. CXD: documented elsewhere by the same vendor.
const TABLE = `
CXI-001 | imports and responses are read, created and updated under the prefix /v1 | every call
CXI-002 | every body, an error's too, is JSON or empty | every call
CXI-003 | every call needs an access token, whichever grant gave it | every call
CXI-004 | the token stands in the header Authorization: Bearer | every call
CXI-005 | a token of one host is valid on the other | tokenUrl, apiUrl
CXI-006 | the base URL can be set | apiUrl
CXI-007 | multipart forms are read in PUT as in POST | every write
CXI-008 | fields are read from a query and an urlencoded body too |
CXI-009 | hashes are written project[name], tag[name], import[name] | every write
CXI-010 | lists may be written with empty brackets | every list sent
CXI-011 | lists may be written with indexes |
CXI-012 | creation times are integers, Unix seconds | CxiImport, CxiProject
CXI-013 | page is 1 by default and 30 at most | listImports, listTags, listResponses
CXI-014 | per_page is 25 by default and 50 at most | listImports, listTags, listResponses
CXI-015 | a list shows 1,500 records at most | listTags
CXI-016 | page and per_page are optional query parameters | listImports, listTags, listResponses
CXI-017 | a success may have an empty body | deleteTag, deleteImport, createExport
CXI-018 | a token comes first | every call
CXI-019 | there are the grants password and client_credentials | token provider
CXI-020 | the password grant takes username and password as form fields | token provider
CXI-021 | account_token in the query chooses the account | token provider
CXI-022 | username is an e-mail address | token provider
CXI-023 | the password grant answers with a refresh token too | token provider
CXI-024 | the client grant takes client_id and client_secret as form fields | token provider
CXI-025 | the client grant answers without a refresh token | token provider
CXI-026 | token_type is bearer | token provider
CXI-027 | expires_in is 7200 | token provider
CXI-028 | scope is public | token provider
CXI-029 | a token ends 2 hours after it was made | token provider
CXI-030 | a refresh token gives a new access token | refreshToken
CXI-031 | only the password grant can be refreshed | token provider
CXI-032 | token requests are multipart forms, with the credentials in the body | token provider
CXI-033 | everything else needs a completed onboarding | every call
CXI-034 | an account that is not onboarded gets 424 | cxi_not_onboarded
CXI-035 | the body of the 424 is as documented | cxi_not_onboarded
CXI-036 | the 424 concerns every resource but onboarding | cxi_not_onboarded
CXI-037 | an error's body has a top-level message | wordsOf
CXI-038 | onboarding is read with the token and no parameter | getOnboarding
CXI-039 | an onboarded account has only onboarded and mode | getOnboarding
CXI-040 | an account that is not onboarded has category, categories and tags too | getOnboarding
CXI-041 | onboarded is a boolean | getOnboarding
CXI-042 | mode is full | getOnboarding
CXI-043 | product_category_id is null until one is chosen | getOnboarding
CXI-044 | categories have an integer id and a name | getOnboarding
CXI-045 | there are 15 categories with these names | getOnboarding
CXI-046 | category 15 stands between 7 and 8 | getOnboarding
CXI-047 | tags are empty until a category is chosen | getOnboarding
CXI-048 | project and import are absent before the first PUT | getOnboarding
CXI-049 | onboarding can be read without being onboarded | getOnboarding
CXI-050 | PUT changes the onboarding of an account that is not onboarded | updateOnboarding
CXI-051 | an account stays as it is until onboarded is set | updateOnboarding
CXI-052 | product_category_id chooses the category | updateOnboarding
CXI-053 | onboarded is a boolean at the top | updateOnboarding
CXI-054 | project[name] names a project | updateOnboarding
CXI-055 | import[name] names an import | updateOnboarding
CXI-056 | import[source] is a text | updateOnboarding
CXI-057 | import[metric_type] is a text | updateOnboarding
CXI-058 | import[language] is a text | updateOnboarding
CXI-059 | the answer to a chosen category shows it | updateOnboarding
CXI-060 | the answer repeats all categories | updateOnboarding
CXI-061 | the chosen category brings its tags | updateOnboarding
CXI-062 | an onboarding tag has id, mode, name and response_ids | updateOnboarding
CXI-063 | a category's tags are smart | updateOnboarding
CXI-064 | response_ids are empty | updateOnboarding
CXI-065 | smart tags are named in capitals with underscores | updateOnboarding
CXI-066 | a project without a name appears after the first PUT | updateOnboarding
CXI-067 | a later PUT keeps the category | updateOnboarding
CXI-068 | the project's name comes back | updateOnboarding
CXI-069 | the import has name, source, metric_type and sample_analyzed | updateOnboarding
CXI-070 | metric_type comes back in lower case | updateOnboarding
CXI-071 | sample_analyzed is true | updateOnboarding
CXI-072 | source keeps its case and spaces | updateOnboarding
CXI-073 | language is not in the answer | updateOnboarding
CXI-074 | onboarded=true ends the onboarding | updateOnboarding
CXI-075 | the last PUT answers only onboarded and mode | updateOnboarding
CXI-076 | the state grows over several PUTs | updateOnboarding
CXI-077 | a category and other details are chosen in onboarding | updateOnboarding | shown by CXI-052 to CXI-058
CXI-078 | a project has id, name, response_count and created_at | listProjects
CXI-079 | response_count counts the project's responses | listProjects
CXI-080 | all projects are listed, without pages | listProjects
CXI-081 | the list is a bare array | listProjects
CXI-082 | onboarding's project is among them | listProjects
CXI-083 | project[name] creates a project | createProject
CXI-084 | the answer is the project, not wrapped | createProject
CXI-085 | a new project has no responses | createProject
CXI-086 | a project's name keeps its case and spaces | createProject
CXI-087 | created_at is the server's time | createProject
CXI-088 | a project is updated by its id in the path | updateProject
CXI-089 | the answer is the whole project with the same id | updateProject
CXI-090 | the name is the new one | updateProject
CXI-091 | created_at stays | updateProject
CXI-092 | one project can't be read or deleted | listProjects
CXI-093 | a tag's id is an integer, its name a text | listTags
CXI-094 | display_name is a text | listTags
CXI-095 | description is a text or null | listTags
CXI-096 | mode is manual, smart or text_match | listTags
CXI-097 | enabled is a boolean | listTags
CXI-098 | text_match_terms is a list of texts | listTags
CXI-099 | text_match_terms are empty for a smart tag | listTags
CXI-100 | filter_rules is a hash, empty where there are none | listTags
CXI-101 | sentiment_breakdown is a hash of percentages | listTags
CXI-102 | all four sentiments stand in it, "null" too | listTags
CXI-103 | children are tag objects | listTags
CXI-104 | scope_by_parent is null for smart tags and false for created ones | listTags
CXI-105 | a listed tag has response_count and usage | listTags
CXI-106 | usage is the share of all responses, not rounded | listTags
CXI-107 | sentiments are shares of the tag's own responses with two decimals | listTags
CXI-108 | display_name is the name | listTags
CXI-109 | all tags are listed | listTags
CXI-110 | the list is a bare array | listTags
CXI-111 | a listed tag has these thirteen keys | listTags
CXI-112 | page is 1 by default | listTags
CXI-113 | page is 30 at most | listTags
CXI-114 | per_page is 25 by default | listTags
CXI-115 | per_page is 50 at most | listTags
CXI-116 | flat is false by default | listTags
CXI-117 | children stand in their parent | listTags
CXI-118 | flat=true lists children on their own | listTags
CXI-119 | sort is name_asc, name_desc or responses_asc | listTags
CXI-120 | the tag with the most responses comes first | listTags
CXI-121 | search looks for words in tag names | listTags
CXI-122 | no_stats leaves the statistics out | listTags
CXI-123 | exclude_disabled lists enabled tags only | listTags
CXI-124 | a tag can be created | createTag
CXI-125 | a smart tag cannot | createTag
CXI-126 | tag[name] is a text | createTag
CXI-127 | tag[description] is a text | createTag
CXI-128 | tag[mode] is manual or text_match | createTag
CXI-129 | tag[parent_id] is the id of its parent | createTag
CXI-130 | tag[text_match_terms] is a list of texts | createTag
CXI-131 | there are 100 terms at most | createTag
CXI-132 | tag[filter_rules] is a hash | createTag
CXI-133 | the name is kept in capitals | createTag
CXI-134 | a hyphen stays | createTag
CXI-135 | display_name is the name | createTag
CXI-136 | the answer has nine keys | createTag
CXI-137 | the answer has no statistics and no children | createTag
CXI-138 | a new tag is enabled | createTag
CXI-139 | a new tag has scope_by_parent false | createTag
CXI-140 | terms keep their order and case | createTag
CXI-141 | filter_rules are empty by default | createTag
CXI-142 | a tag is updated by its id in the path | updateTag
CXI-143 | an update takes the fields of a creation | updateTag
CXI-144 | there are 100 terms at most here too | updateTag
CXI-145 | what is not sent stays | updateTag
CXI-146 | terms are replaced as a whole | updateTag
CXI-147 | the new name is kept in capitals, display_name follows | updateTag
CXI-148 | the id stays | updateTag
CXI-149 | the answer has nine keys | updateTag
CXI-150 | a tag is deleted by its id in the path | deleteTag
CXI-151 | the answer is 200 with an empty body | deleteTag
CXI-152 | one tag can't be read | listTags
CXI-153 | enabled can't be set | updateTag
CXI-154 | an import has an integer id, a name, a source or null | listImports
CXI-155 | metric_type is one of four, or null | listImports
CXI-156 | language is a code | listImports
CXI-157 | secondary_product_category_id is an integer or null | listImports
CXI-158 | response_count counts the import's responses | listImports
CXI-159 | created_at is an integer, Unix seconds | listImports
CXI-160 | sample_analyzed says whether it was analysed | getImport
CXI-161 | all imports are listed | listImports
CXI-162 | the list is a bare array | listImports
CXI-163 | a listed import has these eight keys | listImports
CXI-164 | a listed import has neither sample_analyzed nor responses | listImports
CXI-165 | page is 1 by default | listImports
CXI-166 | page is 30 at most | listImports
CXI-167 | per_page is 25 by default | listImports
CXI-168 | per_page is 50 at most | listImports
CXI-169 | the newest comes first | listImports
CXI-170 | an import is read by its id in the path | getImport
CXI-171 | it says more than the list | getImport
CXI-172 | namely sample_analyzed and responses | getImport
CXI-173 | responses are the import's own | getImport
CXI-174 | one CSV file makes an import | createImport
CXI-175 | the request must be multipart | createImport
CXI-176 | the part is called file | createImport
CXI-177 | the CSV is UTF-8 | createImport
CXI-178 | a CSV must be less than 10 MB | createImport
CXI-179 | a CSV of exactly 10 MB is on the safe side refused | createImport
CXI-180 | every row becomes a response | createImport
CXI-181 | four columns become attributes | createImport
CXI-182 | every other column becomes a property | createImport
CXI-183 | feedback_date is mandatory | createImport
CXI-184 | feedback_date must be valid in every row | createImport
CXI-185 | a score must be an integer | createImport
CXI-186 | a score may be blank | createImport
CXI-187 | feedback is an optional text | createImport
CXI-188 | user_id is an optional text | createImport
CXI-189 | score is an optional integer of any scale | createImport
CXI-190 | the columns tags and wootric_response_id are refused | createImport
CXI-191 | a date may have seconds | createImport
CXI-192 | a date may have minutes | createImport
CXI-193 | a date may be a day | createImport
CXI-194 | a date may be a Unix timestamp | createImport
CXI-195 | the answer is the import with its responses, not wrapped | createImport
CXI-196 | the import is named after its file | createImport
CXI-197 | source is null after an upload | createImport
CXI-198 | metric_type is null after an upload | createImport
CXI-199 | language is en by default | createImport
CXI-200 | secondary_product_category_id is null after an upload | createImport
CXI-201 | response_count is 0 right after an upload | createImport
CXI-202 | sample_analyzed is false right after an upload | createImport
CXI-203 | a response has these thirteen keys | CxiResponse
CXI-204 | project_ids are empty after an upload | CxiResponse
CXI-205 | translated_feedback is null after an upload | CxiResponse
CXI-206 | feedback_date comes back as Unix seconds | CxiResponse
CXI-207 | score comes back as an integer | CxiResponse
CXI-208 | a response's metric_type is null while the import has none | CxiResponse
CXI-209 | custom_properties are key, data_type and value | CxiResponse
CXI-210 | data_type is string for a plain column | CxiResponse
CXI-211 | key is the column's name unchanged | CxiResponse
CXI-212 | tags are empty and sentiment is null before the analysis | CxiResponse
CXI-213 | wootric_response_id is null | CxiResponse
CXI-214 | wootric_account_id is the account's | CxiResponse
CXI-215 | ids are the server's integers | createImport
CXI-216 | only the CSV is taken at creation | createImport
CXI-217 | an import is updated by its id in the path | updateImport
CXI-218 | import[name] is a text | updateImport
CXI-219 | import[source] is a text | updateImport
CXI-220 | import[metric_type] is one of four | updateImport
CXI-221 | import[language] is a text | updateImport
CXI-222 | import[secondary_product_category_id] is an integer | updateImport
CXI-223 | import[tag_names] is a list of texts | updateImport
CXI-224 | the tags come to every response of the import | updateImport
CXI-225 | only names of existing tags count | updateImport
CXI-226 | import[project_ids] is a list of integers | updateImport
CXI-227 | the projects come to every response of the import | updateImport
CXI-228 | only ids of existing projects count | updateImport
CXI-229 | metric_type is kept in lower case | updateImport
CXI-230 | the answer is the import with its responses | updateImport
CXI-231 | name and source are the new ones | updateImport
CXI-232 | what is not sent stays | updateImport
CXI-233 | created_at stays | updateImport
CXI-234 | the responses take the import's metric_type | updateImport
CXI-235 | project_ids are set in the answer already | updateImport
CXI-236 | tags may be missing in the answer still | updateImport
CXI-237 | response_count can be 0 still | updateImport
CXI-238 | sample_analyzed can be false still | updateImport
CXI-239 | the order of custom_properties is not stable | CxiResponse
CXI-240 | an import is deleted by its id in the path | deleteImport
CXI-241 | its responses are deleted with it | deleteImport
CXI-242 | the answer is 202 with an empty body | deleteImport
CXI-243 | the deletion may take a while | deleteImport
CXI-244 | a response's id is an integer, its feedback a text | CxiResponse
CXI-245 | feedback_date is an integer | CxiResponse
CXI-246 | user_id is a text | CxiResponse
CXI-247 | metric_type is one of four | CxiResponse
CXI-248 | score is an integer | CxiResponse
CXI-249 | sentiment is one of three, or null | CxiResponse
CXI-250 | project_ids are integers | CxiResponse
CXI-251 | tags are hashes | CxiResponse
CXI-252 | custom_properties come from the CSV's columns | CxiResponse
CXI-253 | all responses are listed | listResponses
CXI-254 | the body is an object with total_count and items | listResponses
CXI-255 | total_count is of all responses, not of the page | listResponses
CXI-256 | a listed response has these thirteen keys | listResponses
CXI-257 | a response's tag has these eight keys | CxiResponse
CXI-258 | a tag has a sentiment of its own | CxiResponse
CXI-259 | smart tags come by themselves | CxiResponse
CXI-260 | page is 1 by default | listResponses
CXI-261 | page is 30 at most | listResponses
CXI-262 | per_page is 25 by default | listResponses
CXI-263 | per_page is 50 at most | listResponses
CXI-264 | sort_order is asc or desc by feedback_date | listResponses
CXI-265 | a response has one id everywhere | listResponses
CXI-266 | one response can't be read or written | listResponses
CXI-267 | an export needs no parameter | createExport
CXI-268 | export_type is responses or users | createExport
CXI-269 | the answer is 201 with an empty body | createExport
CXI-270 | a mail is sent when the export is ready | createExport
CXI-271 | the mail holds a link to a CSV | createExport
CXI-272 | a responses export has the responses with their data | createExport
CXI-273 | a users export has the users' data | createExport
CXI-274 | exports can't be listed or read | createExport
CXI-275 | only one export runs at a time | createExport
CXI-276 | another export waits until the first has arrived | createExport
CXI-277 | a second export is refused, in a form that is not documented | createExport
CXI-278 | the mail is the only sign that an export ended | createExport
CXD-01 | onboarding can't be changed once it is completed | updateOnboarding
CXD-02 | credentials are never taken from a query | token provider
CXD-03 | the refresh grant takes a refresh token, no client id | refreshToken
CXD-04 | a refresh answers with a new refresh token | refreshToken
CXD-05 | account_token is optional | token provider
CXD-06 | a rate limit is told in X-Rate-Limit headers | every call
CXD-07 | over the limit the answer is 429, for a minute at most | cxi_rate_limited
CXD-08 | 400, 401, 404 and 500 say what is wrong | every call
CXD-09 | a page out of range is a 400 with errors[0].message | every list
CXD-10 | the product family's form of a 404 is known | cxi_not_found
CXD-11 | properties of many responses are changed by a CSV |
CXD-12 | properties of many responses or users are changed by a form |
CXD-13 | filter rules scope a tag by projects, properties, scores and sentiments, a child by its parent | createTag
`

/** Every statement that the sandbox and the client keep, in order. */
export const STATEMENTS: readonly Statement[] = TABLE.trim()
  .split('\n')
  .map((line) => {
    const [id = '', words = '', client = '', explains] = line.split('|').map((cell) => cell.trim())
    return { id, words, client, explains: explains ?? null }
  })
