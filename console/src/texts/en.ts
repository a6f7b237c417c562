import { importing } from './en/import.ts'
import { jobs } from './en/jobs.ts'
import { newExport } from './en/new-export.ts'
import { overview } from './en/overview.ts'
import { shell } from './en/shell.ts'
import { signIn } from './en/sign-in.ts'
import { sources } from './en/sources.ts'
import { users } from './en/users.ts'

/** Each page has its own file, so that a translator sees the sentences of one page together. */
export const en = {
  ...importing,
  ...jobs,
  ...newExport,
  ...overview,
  ...shell,
  ...signIn,
  ...sources,
  ...users,
}
