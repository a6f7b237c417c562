import { texts } from '../texts/texts.ts'

/** Why a request has no answer: a refusal of the server in its own words, or no server. */
export class Problem extends Error {
  /** The HTTP status; 0 if the server could not be reached. */
  readonly status: number
  /** The stable code of docs/errors.md, if the server sent one. */
  readonly code: string | undefined
  readonly retryAfterSeconds: number | undefined

  constructor(
    message: string,
    {
      status,
      code,
      retryAfterSeconds,
      cause,
    }: {
      readonly status: number
      readonly code?: string | undefined
      readonly retryAfterSeconds?: number | undefined
      readonly cause?: unknown
    },
  ) {
    super(message, { cause })
    this.name = 'Problem'
    this.status = status
    this.code = code
    this.retryAfterSeconds = retryAfterSeconds
  }
}

export function unreachable(cause: unknown): Problem {
  return new Problem(texts.problem.unreachable, { status: 0, cause })
}

/** `body` is what the server sent: its error as an object, or a text. */
export function problemOf(response: Response, body: unknown): Problem {
  const { message, errorCode, error_description } = (
    typeof body === 'object' && body !== null ? body : {}
  ) as { readonly message?: string; readonly errorCode?: string; readonly error_description?: string }
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN)
  return new Problem(message ?? error_description ?? texts.problem.answered(response.status), {
    status: response.status,
    code: errorCode,
    retryAfterSeconds: Number.isFinite(seconds) ? seconds : undefined,
  })
}
