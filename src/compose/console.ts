import { fileURLToPath } from 'node:url'
import type { Config } from '../config.ts'
import { isLoopback } from '../domain/address.ts'
import type { Attempts } from '../tokens/attempts.ts'
import { newSealedTokens } from '../tokens/sealed-tokens.ts'
import { newSignInCode } from '../tokens/sign-in-code.ts'
import { loadLinkSecret } from '../tokens/signing-key.ts'
import type { Base } from './base.ts'

/** Where `npm run build` puts the console, next to the built server. */
const FOLDER = fileURLToPath(new URL('../console', import.meta.url))

export interface ConsoleOptions {
  readonly attempts: Attempts
  /** False if any of several processes may answer the person who opens the link. */
  readonly isAlone: boolean
}

/** What its routes need, and the address to print. Without the setting there is no address. */
export async function consoleOf(
  config: Config,
  { engine: { clock }, stores, place: { publicUrl } }: Base,
  { attempts, isAlone }: ConsoleOptions,
) {
  const signInCode = newSignInCode({ clock, attempts })
  const parts = {
    hasConsole: config.console,
    consoleFolder: config.console ? FOLDER : undefined,
    sealedTokens: newSealedTokens(await loadLinkSecret(stores.secrets, 'session-key'), clock),
    signInCode,
    firstClientId: config.firstClient?.id,
  }
  // Elsewhere the person who reads the terminal is perhaps not the one who may sign in.
  const hasLink = isAlone && isLoopback(new URL(publicUrl).hostname)
  const address = hasLink ? `${publicUrl}/#/sign-in/${signInCode.make()}` : `${publicUrl}/`
  return { parts, shown: config.console ? { address, signsIn: hasLink } : undefined }
}
