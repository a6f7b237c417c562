import type { Preset } from './preset.ts'
import { authJs } from './presets/auth-js.ts'
import { authentik } from './presets/authentik.ts'
import { betterAuth } from './presets/better-auth.ts'
import { directus } from './presets/directus.ts'
import { discourse } from './presets/discourse.ts'
import { gitlab } from './presets/gitlab.ts'
import { keycloak } from './presets/keycloak.ts'
import { kratos } from './presets/kratos.ts'
import { logto } from './presets/logto.ts'
import { mattermost } from './presets/mattermost.ts'
import { strapi } from './presets/strapi.ts'
import { supabase } from './presets/supabase.ts'
import { supertokens } from './presets/supertokens.ts'
import { zitadel } from './presets/zitadel.ts'

/** In the order of docs/sources.md. */
export const PRESETS: readonly Preset[] = [
  keycloak,
  supabase,
  kratos,
  betterAuth,
  authJs,
  logto,
  zitadel,
  supertokens,
  authentik,
  discourse,
  gitlab,
  mattermost,
  directus,
  strapi,
]
