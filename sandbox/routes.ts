import { updateProperties, updateSegments } from './bulk-properties.ts'
import type { Endpoint } from './context.ts'
import { createExport } from './exports.ts'
import { updateImport } from './import-update.ts'
import { deleteImport, listImports, showImport } from './imports.ts'
import { showOnboarding, updateOnboarding } from './onboarding.ts'
import { createProject, listProjects, updateProject } from './projects.ts'
import { notFound, refuse } from './refusal.ts'
import { listResponses } from './responses.ts'
import { listTags } from './tag-list.ts'
import { createTag, deleteTag, updateTag } from './tags.ts'
import { createImport } from './upload.ts'

const ENDPOINTS: Record<string, Endpoint> = {
  'GET /v1/onboarding': showOnboarding,
  'PUT /v1/onboarding': updateOnboarding,
  'GET /v1/projects': listProjects,
  'POST /v1/projects': createProject,
  'PUT /v1/projects/:id': updateProject,
  'GET /v1/tags': listTags,
  'POST /v1/tags': createTag,
  'PUT /v1/tags/:id': updateTag,
  'DELETE /v1/tags/:id': deleteTag,
  'GET /v1/imports': listImports,
  'POST /v1/imports': createImport,
  'GET /v1/imports/:id': showImport,
  'PUT /v1/imports/:id': updateImport,
  'DELETE /v1/imports/:id': deleteImport,
  'GET /v1/responses': listResponses,
  'POST /v1/exports': createExport,
  // Not in this API's documentation but in a later version of it, whose heading and example name two paths.
  'PUT /v1/responses/update_bulk_properties': updateProperties,
  'PUT /v1/reports/update_bulk_properties': updateProperties,
  'PUT /v1/segments/update_bulk': updateSegments,
}

/** The endpoint of a request by its name (`PUT /v1/imports/:id`). Throws a Refusal where there is none. */
export function endpointOf(name: string): Endpoint {
  const endpoint = Object.hasOwn(ENDPOINTS, name) ? ENDPOINTS[name] : undefined
  if (endpoint) return endpoint
  const path = name.slice(name.indexOf(' ') + 1)
  const allowed = Object.keys(ENDPOINTS).filter((key) => key.endsWith(` ${path}`))
  throw allowed.length > 0 ? refuse(405, 'This method is not allowed here.') : notFound('Not found.')
}

/** The number in a path; 0 where it has none. Throws a Refusal where it is too large for one. */
export function idIn(path: string): number {
  const [, digits] = /\/(\d+)$/.exec(path) ?? []
  if (digits !== undefined && digits.length > 15) throw notFound('Not found.')
  return Number(digits ?? 0)
}
