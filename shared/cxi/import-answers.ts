import { AnswerHead } from './answer-head.ts'
import { badAnswer, drop } from './answers.ts'
import type { HttpAnswer } from './http.ts'
import type { CxiImport } from './types.ts'

const IMPORT_KEYS = [
  'id',
  'name',
  'source',
  'metric_type',
  'language',
  'secondary_product_category_id',
  'response_count',
  'created_at',
] as const satisfies (keyof CxiImport)[]

/** The `id` at the top of an import's answer. Once it is read, the upload's outcome is known, whatever follows. */
export async function readImportId(answer: HttpAnswer, call: string): Promise<{ id: number }> {
  const { id } = await readTop(answer, call, ['id'])
  if (!isId(id)) throw badAnswer(call, answer.status, 'names no import id')
  return { id }
}

/** An import without its responses. Where the keys come in another order, the responses are skipped, not held. */
export async function readImportHead(answer: HttpAnswer, call: string): Promise<CxiImport> {
  const top = await readTop(answer, call, IMPORT_KEYS)
  const { id, name, response_count, created_at } = top
  if (!isId(id) || typeof name !== 'string') throw badAnswer(call, answer.status, 'describes no import')
  if (typeof response_count !== 'number') throw badAnswer(call, answer.status, 'has no response_count')
  return {
    id,
    name,
    source: typeof top.source === 'string' ? top.source : null,
    metric_type: (typeof top.metric_type === 'string' ? top.metric_type : null) as CxiImport['metric_type'],
    language: typeof top.language === 'string' ? top.language : '',
    secondary_product_category_id:
      typeof top.secondary_product_category_id === 'number' ? top.secondary_product_category_id : null,
    response_count,
    created_at: typeof created_at === 'number' ? created_at : 0,
  }
}

async function readTop(answer: HttpAnswer, call: string, wanted: readonly string[]): Promise<Record<string, unknown>> {
  const head = new AnswerHead(wanted)
  // Not `for await`: leaving such a loop destroys the connection, also where little is left to read.
  const reader = answer.body.iterator({ destroyOnReturn: false })
  try {
    for await (const chunk of reader) {
      if (head.push(chunk)) break
    }
  } catch (error) {
    if (error instanceof SyntaxError) {
      drop(answer)
      throw badAnswer(call, answer.status, 'is not the JSON object that it should be')
    }
    throw error
  }
  drop(answer)
  return Object.fromEntries(head.values)
}

function isId(id: unknown): id is number {
  return Number.isSafeInteger(id) && (id as number) > 0
}
