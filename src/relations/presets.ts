import type { Preset } from './preset.ts'
import { keycloak } from './presets/keycloak.ts'
import { supabase } from './presets/supabase.ts'

/** In the order of docs/sources.md. */
export const PRESETS: readonly Preset[] = [keycloak, supabase]
