/**
 * The names are public: docs/errors.md lists them, and clients rely on them.
 *
 * `errorCode` is the name that Auth0 sends; undefined if Auth0 sends none. A worker tries a job again if `retry` is
 * `later`.
 */
export const FAILURES = {
  body_invalid: { status: 400, errorCode: 'invalid_body', retry: 'never' },
  query_invalid: { status: 400, errorCode: 'invalid_query_string', retry: 'never' },
  path_invalid: { status: 400, errorCode: 'invalid_uri', retry: 'never' },
  paging_invalid: { status: 400, errorCode: 'invalid_paging', retry: 'never' },
  idempotency_key_invalid: { status: 400, errorCode: 'invalid_idempotency_key', retry: 'never' },
  connection_unknown: { status: 400, errorCode: 'inexistent_connection', retry: 'never' },
  organization_unknown: { status: 400, errorCode: 'inexistent_organization', retry: 'never' },
  operation_unsupported: { status: 400, errorCode: 'operation_not_supported', retry: 'never' },
  authentication_malformed: { status: 400, errorCode: 'Bearer', retry: 'never' },
  authentication_missing: { status: 401, errorCode: undefined, retry: 'never' },
  token_invalid: { status: 401, errorCode: undefined, retry: 'never' },
  client_unauthorized: { status: 401, errorCode: 'access_denied', retry: 'never' },
  token_request_invalid: { status: 400, errorCode: 'invalid_request', retry: 'never' },
  grant_unsupported: { status: 400, errorCode: 'unsupported_grant_type', retry: 'never' },
  grant_type_refused: { status: 403, errorCode: 'unauthorized_client', retry: 'never' },
  token_refused: { status: 403, errorCode: 'access_denied', retry: 'never' },
  scope_insufficient: { status: 403, errorCode: 'insufficient_scope', retry: 'never' },
  link_invalid: { status: 403, errorCode: 'invalid_link', retry: 'never' },
  link_expired: { status: 403, errorCode: 'expired_link', retry: 'never' },
  sign_in_link_invalid: { status: 403, errorCode: 'invalid_sign_in_link', retry: 'never' },
  origin_refused: { status: 403, errorCode: 'origin_refused', retry: 'never' },
  route_unknown: { status: 404, errorCode: undefined, retry: 'never' },
  connection_not_found: { status: 404, errorCode: 'inexistent_connection', retry: 'never' },
  user_not_found: { status: 404, errorCode: 'inexistent_user', retry: 'never' },
  client_not_found: { status: 404, errorCode: 'inexistent_client', retry: 'never' },
  client_grant_not_found: { status: 404, errorCode: 'inexistent_client_grant', retry: 'never' },
  resource_server_not_found: { status: 404, errorCode: 'inexistent_resource_server', retry: 'never' },
  job_not_found: { status: 404, errorCode: 'inexistent_job', retry: 'never' },
  receipt_not_found: { status: 404, errorCode: 'inexistent_receipt', retry: 'never' },
  object_not_found: { status: 404, errorCode: 'inexistent_file', retry: 'never' },
  user_exists: { status: 409, errorCode: 'auth0_idp_error', retry: 'never' },
  connection_exists: { status: 409, errorCode: 'connection_conflict', retry: 'never' },
  changes_forgotten: { status: 409, errorCode: 'changes_forgotten', retry: 'never' },
  client_grant_exists: { status: 409, errorCode: 'client_grant_conflict', retry: 'never' },
  request_too_slow: { status: 408, errorCode: undefined, retry: 'later' },
  body_too_large: { status: 413, errorCode: undefined, retry: 'never' },
  media_type_unsupported: { status: 415, errorCode: undefined, retry: 'never' },
  range_unsatisfiable: { status: 416, errorCode: undefined, retry: 'never' },
  idempotency_key_reused: { status: 422, errorCode: 'idempotency_key_reused', retry: 'never' },
  requests_too_many: { status: 429, errorCode: 'too_many_requests', retry: 'later' },
  attempts_too_many: { status: 429, errorCode: 'too_many_requests', retry: 'later' },
  hashes_too_many: { status: 429, errorCode: 'too_many_requests', retry: 'later' },
  watchers_too_many: { status: 429, errorCode: 'too_many_requests', retry: 'later' },
  imports_too_many: { status: 429, errorCode: 'too_many_requests', retry: 'later' },
  internal: { status: 500, errorCode: 'internal_error', retry: 'never' },
  rows_miscounted: { status: 500, errorCode: 'rows_miscounted', retry: 'later' },
  compressor_failed: { status: 500, errorCode: 'compressor_failed', retry: 'later' },
  import_unreadable: { status: 500, errorCode: 'import_unreadable', retry: 'never' },
  columns_too_many: { status: 500, errorCode: 'columns_too_many', retry: 'never' },
  job_abandoned: { status: 500, errorCode: 'job_abandoned', retry: 'never' },
  job_stalled: { status: 500, errorCode: 'job_stalled', retry: 'later' },
  search_too_slow: { status: 503, errorCode: 'search_too_slow', retry: 'later' },
  reading_too_slow: { status: 503, errorCode: 'reading_too_slow', retry: 'later' },
  mail_unconfigured: { status: 500, errorCode: 'mail_unconfigured', retry: 'never' },
  // If the mail server's answer was lost, the mail may have been sent. A retry would send it twice.
  mail_refused: { status: 502, errorCode: 'mail_refused', retry: 'never' },
  mail_unreachable: { status: 502, errorCode: 'mail_unreachable', retry: 'never' },
  database_unavailable: { status: 503, errorCode: 'database_unavailable', retry: 'later' },
  source_unavailable: { status: 503, errorCode: 'source_unavailable', retry: 'later' },
  source_unusable: { status: 503, errorCode: 'source_unusable', retry: 'never' },
  object_store_unavailable: { status: 503, errorCode: 'object_store_unavailable', retry: 'later' },
  schema_behind: { status: 503, errorCode: 'schema_behind', retry: 'later' },
  stopping: { status: 503, errorCode: 'stopping', retry: 'later' },
  data_folder_in_use: { status: 500, errorCode: 'data_folder_in_use', retry: 'never' },
  database_in_use: { status: 500, errorCode: 'database_in_use', retry: 'never' },
  schema_newer: { status: 500, errorCode: 'schema_newer', retry: 'never' },
  schema_changed: { status: 500, errorCode: 'schema_changed', retry: 'never' },
  verify_unreadable: { status: 500, errorCode: 'verify_unreadable', retry: 'never' },
  config_invalid: { status: 500, errorCode: 'config_invalid', retry: 'never' },
  usage_invalid: { status: 500, errorCode: 'usage_invalid', retry: 'never' },
  confirmation_missing: { status: 500, errorCode: 'confirmation_missing', retry: 'never' },
  server_unreachable: { status: 502, errorCode: 'server_unreachable', retry: 'later' },
  server_refused: { status: 502, errorCode: 'server_refused', retry: 'never' },
  server_failed: { status: 502, errorCode: 'server_failed', retry: 'later' },
  server_unexpected: { status: 502, errorCode: 'server_unexpected', retry: 'never' },
  certificate_untrusted: { status: 502, errorCode: 'certificate_untrusted', retry: 'never' },
  job_failed: { status: 500, errorCode: 'job_failed', retry: 'never' },
  file_incomplete: { status: 500, errorCode: 'file_incomplete', retry: 'never' },
  entries_unreadable: { status: 500, errorCode: 'entries_unreadable', retry: 'never' },
  file_unwritable: { status: 500, errorCode: 'file_unwritable', retry: 'never' },
  users_refused: { status: 500, errorCode: 'users_refused', retry: 'never' },
  run_unusable: { status: 500, errorCode: 'run_unusable', retry: 'never' },
  interrupted: { status: 500, errorCode: 'interrupted', retry: 'never' },
} as const satisfies Record<
  string,
  { status: number; errorCode: string | undefined; retry: 'never' | 'later' }
>

export type FailureCode = keyof typeof FAILURES

interface FailureOptions {
  readonly cause?: unknown
  readonly headers?: Readonly<Record<string, string>>
  readonly members?: Readonly<Record<string, unknown>>
}

/**
 * An error with a cause outside of this code. A bug is an assertion instead. Clients and logs get the message, so it
 * holds no secret and no user's data (promise 9).
 */
export class Failure extends Error {
  readonly code: FailureCode
  readonly headers: Readonly<Record<string, string>>
  readonly members: Readonly<Record<string, unknown>>

  constructor(code: FailureCode, message: string, options: FailureOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'Failure'
    this.code = code
    this.headers = options.headers ?? {}
    this.members = options.members ?? {}
  }

  get status(): number {
    return FAILURES[this.code].status
  }

  get errorCode(): string | undefined {
    return FAILURES[this.code].errorCode
  }

  get mayRetry(): boolean {
    return FAILURES[this.code].retry === 'later'
  }
}

export function changesForgotten(since: Date): Failure {
  return new Failure(
    'changes_forgotten',
    `Deletions after ${since.toISOString()} are forgotten. Export all users again and continue from there.`,
  )
}
