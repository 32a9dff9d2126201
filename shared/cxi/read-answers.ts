import { badAnswer, jsonOf } from './answers.ts'
import type { HttpAnswer } from './http.ts'

/** Reads an answer that must be a JSON object; its fields are taken as documented. */
export async function objectAnswer<T>(answer: HttpAnswer, call: string): Promise<T> {
  const value = await jsonOf(answer, call)
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as T
  throw badAnswer(call, answer.status, 'its body is not a JSON object')
}

/** Reads an answer that must be a JSON array. */
export async function listAnswer<T>(answer: HttpAnswer, call: string): Promise<T[]> {
  const value = await jsonOf(answer, call)
  if (Array.isArray(value)) return value as T[]
  throw badAnswer(call, answer.status, 'its body is not a JSON list')
}
