import type { FastifyInstance } from 'fastify'
import type { Tokens } from '../tokens/tokens.ts'
import { addRoutes } from './add-routes.ts'
import type { Route } from './define-route.ts'
import { openapiOf } from './openapi.ts'
import { limitRates } from './rate-limit.ts'
import type { RateLimiter } from './rate-limiter.ts'
import { deleteClient } from './routes/delete-client.ts'
import { deleteClientGrant } from './routes/delete-client-grant.ts'
import { deleteConnection } from './routes/delete-connection.ts'
import { deleteConsoleSession } from './routes/delete-console-session.ts'
import { deleteJob } from './routes/delete-job.ts'
import { deleteUser } from './routes/delete-user.ts'
import { getAsset } from './routes/get-asset.ts'
import { getClient } from './routes/get-client.ts'
import { getClientGrant } from './routes/get-client-grant.ts'
import { getClientGrants } from './routes/get-client-grants.ts'
import { getClients } from './routes/get-clients.ts'
import { getConnection } from './routes/get-connection.ts'
import { getConnectionClients } from './routes/get-connection-clients.ts'
import { getConnections } from './routes/get-connections.ts'
import { getConsoleSession } from './routes/get-console-session.ts'
import { getDownload } from './routes/get-download.ts'
import { getHealth } from './routes/get-health.ts'
import { getHealthLive } from './routes/get-health-live.ts'
import { getHealthReady } from './routes/get-health-ready.ts'
import { getJob } from './routes/get-job.ts'
import { getJobErrors } from './routes/get-job-errors.ts'
import { getJobEvents } from './routes/get-job-events.ts'
import { getJobReceipt } from './routes/get-job-receipt.ts'
import { getJobs } from './routes/get-jobs.ts'
import { getJwks } from './routes/get-jwks.ts'
import { getOpenapi } from './routes/get-openapi.ts'
import { getOpenidConfiguration } from './routes/get-openid-configuration.ts'
import { getRoot } from './routes/get-root.ts'
import { getStatsActiveUsers } from './routes/get-stats-active-users.ts'
import { getStatsDaily } from './routes/get-stats-daily.ts'
import { getUser } from './routes/get-user.ts'
import { getUserFields } from './routes/get-user-fields.ts'
import { getUsers } from './routes/get-users.ts'
import { getUsersByEmail } from './routes/get-users-by-email.ts'
import { getVerifyEmail } from './routes/get-verify-email.ts'
import { patchClient } from './routes/patch-client.ts'
import { patchClientGrant } from './routes/patch-client-grant.ts'
import { patchConnection } from './routes/patch-connection.ts'
import { patchUser } from './routes/patch-user.ts'
import { postClientGrants } from './routes/post-client-grants.ts'
import { postClientRotateSecret } from './routes/post-client-rotate-secret.ts'
import { postClients } from './routes/post-clients.ts'
import { postConnections } from './routes/post-connections.ts'
import { postConsoleSession } from './routes/post-console-session.ts'
import { postOauthToken } from './routes/post-oauth-token.ts'
import { postUsers } from './routes/post-users.ts'
import { postUsersExports } from './routes/post-users-exports.ts'
import { postUsersExportsCount } from './routes/post-users-exports-count.ts'
import { postUsersExportsPreview } from './routes/post-users-exports-preview.ts'
import { postUsersImports } from './routes/post-users-imports.ts'
import { postVerificationEmail } from './routes/post-verification-email.ts'
import { postVerifyEmail } from './routes/post-verify-email.ts'

export const ROUTES = [
  postOauthToken,
  getJwks,
  getOpenidConfiguration,
  getConnections,
  postConnections,
  getConnection,
  patchConnection,
  deleteConnection,
  getConnectionClients,
  getClients,
  postClients,
  getClient,
  patchClient,
  deleteClient,
  postClientRotateSecret,
  getClientGrants,
  postClientGrants,
  getClientGrant,
  patchClientGrant,
  deleteClientGrant,
  getUsers,
  postUsers,
  getUsersByEmail,
  getUser,
  patchUser,
  deleteUser,
  getUserFields,
  getStatsDaily,
  getStatsActiveUsers,
  postUsersExports,
  postUsersExportsCount,
  postUsersExportsPreview,
  postUsersImports,
  postVerificationEmail,
  getJobs,
  getJob,
  deleteJob,
  getJobErrors,
  getJobEvents,
  getJobReceipt,
  getDownload,
  getVerifyEmail,
  postVerifyEmail,
  getHealth,
  getHealthLive,
  getHealthReady,
  getOpenapi,
  getRoot,
  getAsset,
  getConsoleSession,
  postConsoleSession,
  deleteConsoleSession,
] as const

const OF_CONSOLE: ReadonlySet<unknown> = new Set([
  getAsset,
  getConsoleSession,
  postConsoleSession,
  deleteConsoleSession,
])

type RouteDeps = (typeof ROUTES)[number] extends Route<infer Deps> ? Deps : never

export interface AllRoutesDeps extends Omit<RouteDeps, 'openapi'> {
  readonly tokens: Tokens
  readonly limiter: RateLimiter
  readonly version: string
  readonly hasConsole: boolean
}

export function allRoutes(app: FastifyInstance, deps: AllRoutesDeps): void {
  limitRates(app, deps.limiter)
  const routes = deps.hasConsole ? ROUTES : ROUTES.filter((route) => !OF_CONSOLE.has(route))
  // Made when a client first asks for it, so that the start does not wait 0.05 s for it.
  let written: Buffer | undefined
  const openapi = (): Buffer => {
    written ??= Buffer.from(JSON.stringify(openapiOf(routes, deps)))
    return written
  }
  addRoutes(app, routes, { ...deps, openapi })
}
