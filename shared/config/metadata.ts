import { FileError } from '../errors.ts'
import { IMPORT_CHECKS } from './import-checks.ts'
import type { ImportConfig, ResolvedImport, Source } from './types.ts'

/** Object metadata that says something about the import, and the key of `import` that it wins over. */
const KEYS: Record<string, keyof ImportConfig> = {
  name: 'name',
  source: 'source',
  'metric-type': 'metric_type',
  language: 'language',
  'secondary-product-category-id': 'secondary_product_category_id',
  'tag-names': 'tag_names',
  projects: 'projects',
}

/**
 * The `import` block of a dropped file: its object metadata (names in lower case, values percent-decoded, lists comma
 * separated) over its source's configuration; the default name is the file's own. Throws FileError `metadata_invalid`.
 */
export function importMetadataOf(source: Source, fileName: string, metadata: Record<string, string>): ResolvedImport {
  const given: ImportConfig = {}
  for (const [name, key] of Object.entries(KEYS)) {
    const raw = metadata[name]
    if (raw !== undefined) Object.assign(given, { [key]: readValue(name, key, raw) })
  }
  const { tag_names = [], projects = [], createMissing = true, ...plain } = { ...source.import, ...given }
  return {
    ...plain,
    name: plain.name ?? fileName,
    tag_names: [...new Set(tag_names.map((tag) => tag.toUpperCase()))],
    projects: [...new Set(projects)],
    createMissing,
  }
}

function readValue(name: string, key: keyof ImportConfig, raw: string): unknown {
  const value = parsed(key, decoded(raw))
  const problem = IMPORT_CHECKS[key]?.(value)
  if (problem) throw invalid(name, problem)
  return value
}

function parsed(key: keyof ImportConfig, value: string): unknown {
  if (key === 'secondary_product_category_id') return /^\d+$/.test(value.trim()) ? Number(value) : value
  if (key !== 'tag_names' && key !== 'projects') return value.trim()
  const items = value.split(',').map((item) => item.trim())
  const filled = items.filter((item) => item !== '')
  return key === 'projects' ? filled.map((item) => (/^\d+$/.test(item) ? Number(item) : item)) : filled
}

/** Percent-decoded. A text that is no such encoding (`100% gut`) was written by hand, and stays as it is. */
function decoded(raw: string): string {
  try {
    return decodeURIComponent(raw)
  } catch {
    return raw
  }
}

const invalid = (name: string, problem: string) =>
  new FileError(
    'metadata_invalid',
    `The dropped file's metadata "${name}" ${problem}; nothing was sent. Mend it and drop the file again.`,
    { column: name },
  )
