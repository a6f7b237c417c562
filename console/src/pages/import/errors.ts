import { type Api, dataOf } from '../../api/client.ts'
import { type JsonNode, readJson, writeJson } from '../../format/json-text.ts'

export interface ImportError {
  readonly line?: number
  readonly errors: readonly { readonly code: string; readonly message: string; readonly path?: string }[]
  /** The user's entry as JSON, with all digits of its numbers. */
  readonly text: string
  /** What tells the user from others, if the entry has anything of that kind. */
  readonly name?: string | undefined
}

interface Page {
  readonly errors: readonly ImportError[]
  readonly next?: string | undefined
}

interface PageWish {
  readonly from: string | undefined
  readonly take: number
  readonly signal: AbortSignal
}

/** One page of the report. A job that failed without any has none. */
export async function readErrors(api: Api, id: string, { from, take, signal }: PageWish): Promise<Page> {
  const query = { take, ...(from === undefined ? {} : { from }) }
  // As text: numbers keep all their digits.
  const asked = api.GET('/api/v2/jobs/{id}/errors', {
    params: { path: { id }, query },
    parseAs: 'text',
    signal,
  })
  const text = (await dataOf(asked)) as string | undefined
  const page = text === undefined || text === '' ? undefined : readJson(text)
  const errors = memberOf(page, 'errors')
  const next = memberOf(page, 'next')
  return {
    errors: errors?.kind === 'array' ? errors.items.map(errorOf) : [],
    next: next?.kind === 'text' ? next.text : undefined,
  }
}

function errorOf(node: JsonNode): ImportError {
  const line = memberOf(node, 'line')
  const user = memberOf(node, 'user')
  const reasons = memberOf(node, 'errors')
  return {
    ...(line?.kind === 'bare' ? { line: Number(line.source) } : {}),
    errors: reasons?.kind === 'array' ? reasons.items.map(reasonOf) : [],
    text: user === undefined ? '' : writeJson(user),
    name: nameOf(user),
  }
}

function reasonOf(node: JsonNode): ImportError['errors'][number] {
  const path = textOf(memberOf(node, 'path'))
  const reason = {
    code: textOf(memberOf(node, 'code')) ?? '',
    message: textOf(memberOf(node, 'message')) ?? '',
  }
  return path === undefined ? reason : { ...reason, path }
}

function memberOf(node: JsonNode | undefined, name: string): JsonNode | undefined {
  return node?.kind === 'object' ? node.members.find(([member]) => member === name)?.[1] : undefined
}

function textOf(node: JsonNode | undefined): string | undefined {
  return node?.kind === 'text' ? node.text : undefined
}

/** An entry whose only problems are `LEFT_OUT` was stored. */
export function isRefused({ errors }: ImportError): boolean {
  return errors.some(({ code }) => code !== 'LEFT_OUT')
}

const NAMES = ['email', 'user_id', 'username', 'phone_number', 'name']

function nameOf(user: JsonNode | undefined): string | undefined {
  for (const name of NAMES) {
    const found = textOf(memberOf(user, name))
    if (found !== undefined && found !== '') return found
  }
  return undefined
}
