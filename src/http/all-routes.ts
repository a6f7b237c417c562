import type { FastifyInstance } from 'fastify'
import type { OpenDownloadDeps } from '../flow/open-download.ts'
import type { VerifyEmailDeps } from '../flow/verify-email.ts'
import type { ClientStore } from '../tokens/client-store.ts'
import type { Tokens } from '../tokens/tokens.ts'
import { addRoutes } from './add-routes.ts'
import type { Route } from './define-route.ts'
import { openapiOf } from './openapi.ts'
import { limitRates } from './rate-limit.ts'
import type { RateLimiter } from './rate-limiter.ts'
import { type ClientGrantRoutesDeps, clientGrantPaths, clientGrantRoutes } from './routes/client-grants.ts'
import { type ClientRoutesDeps, clientPaths, clientRoutes } from './routes/clients.ts'
import { type ConnectionRoutesDeps, connectionPaths, connectionRoutes } from './routes/connections.ts'
import { type DiscoveryDeps, discoveryPaths, discoveryRoutes } from './routes/discovery.ts'
import { downloadPaths, downloadRoutes } from './routes/downloads.ts'
import { getJob } from './routes/get-job.ts'
import { getJobErrors } from './routes/get-job-errors.ts'
import { type ImportRoutesDeps, importPaths, importRoutes } from './routes/imports.ts'
import { type MetaDeps, metaRoutes } from './routes/meta.ts'
import { type OauthRoutesDeps, oauthPaths, oauthRoutes } from './routes/oauth.ts'
import { postUsersExports } from './routes/post-users-exports.ts'
import { type UserSearchRoutesDeps, userSearchPaths, userSearchRoutes } from './routes/user-search.ts'
import { type UserRoutesDeps, userPaths, userRoutes } from './routes/users.ts'
import {
  type VerificationJobRoutesDeps,
  verificationJobPaths,
  verificationJobRoutes,
} from './routes/verification-jobs.ts'
import { verifyEmailPaths, verifyEmailRoutes } from './routes/verify-email.ts'

const ROUTES = [postUsersExports, getJob, getJobErrors] as const

/** What all routes need: the types of their handlers say it. */
type RouteDeps = (typeof ROUTES)[number] extends Route<infer Deps> ? Deps : never

export interface AllRoutesDeps
  extends DiscoveryDeps,
    OauthRoutesDeps,
    ConnectionRoutesDeps,
    ClientRoutesDeps,
    ClientGrantRoutesDeps,
    UserRoutesDeps,
    UserSearchRoutesDeps,
    ImportRoutesDeps,
    RouteDeps,
    VerificationJobRoutesDeps,
    OpenDownloadDeps,
    VerifyEmailDeps,
    Pick<MetaDeps, 'ping'> {
  readonly tokens: Tokens
  readonly clients: ClientStore
  readonly limiter: RateLimiter
}

/** Everything that can be asked for over HTTP, behind the rate limits. */
export function allRoutes(app: FastifyInstance, deps: AllRoutesDeps): void {
  limitRates(app, deps.limiter)
  oauthRoutes(app, deps)
  discoveryRoutes(app, deps)
  connectionRoutes(app, deps)
  clientRoutes(app, deps)
  clientGrantRoutes(app, deps)
  userSearchRoutes(app, deps)
  userRoutes(app, deps)
  importRoutes(app, deps)
  verificationJobRoutes(app, deps)
  addRoutes(app, ROUTES, deps)
  downloadRoutes(app, deps)
  verifyEmailRoutes(app, deps)
  const document = openapiOf(ROUTES, deps.publicUrl)
  metaRoutes(app, { ...deps, document: { ...document, paths: { ...PATHS, ...document.paths } } })
}

const PATHS = {
  ...oauthPaths,
  ...discoveryPaths,
  ...connectionPaths,
  ...clientPaths,
  ...clientGrantPaths,
  ...userPaths,
  ...userSearchPaths,
  // Two files answer at this path.
  '/api/v2/users': { ...userPaths['/api/v2/users'], ...userSearchPaths['/api/v2/users'] },
  ...importPaths,
  ...verificationJobPaths,
  ...downloadPaths,
  ...verifyEmailPaths,
}
