import { shell } from './en/shell.ts'
import { signIn } from './en/sign-in.ts'

/** Each page has its own file, so that a translator sees the sentences of one page together. */
export const en = { ...shell, ...signIn }
