import type { Preset } from './preset.ts'
import { keycloak } from './presets/keycloak.ts'
import { kratos } from './presets/kratos.ts'
import { logto } from './presets/logto.ts'
import { supabase } from './presets/supabase.ts'
import { zitadel } from './presets/zitadel.ts'

/** In the order of docs/sources.md. */
export const PRESETS: readonly Preset[] = [keycloak, supabase, kratos, logto, zitadel]
