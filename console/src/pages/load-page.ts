import { ROUTES } from '../routes.ts'

/** The code of each page. It is loaded when the page is opened. */
const PAGES = {
  overview: () => import('./overview/overview.tsx'),
  newExport: () => import('./new-export/new-export.tsx'),
  jobs: () => import('./jobs/jobs.tsx'),
  job: () => import('./job/job.tsx'),
  import: () => import('./import/import.tsx'),
  users: () => import('./users/users.tsx'),
  user: () => import('./users/user.tsx'),
} as const satisfies Partial<Record<keyof typeof ROUTES, unknown>>

export type PageName = keyof typeof PAGES
export const PAGE_NAMES = Object.keys(PAGES) as readonly PageName[]

/** The module of a page. Its default export is the page. */
type CodeOf<Name extends PageName> = Awaited<ReturnType<(typeof PAGES)[Name]>>

const asked = new Map<PageName, Promise<unknown>>()

/** Always the same promise, also when the code is there, or could not be loaded. */
export function codeOf<Name extends PageName>(name: Name): Promise<CodeOf<Name>> {
  const known = asked.get(name) as Promise<CodeOf<Name>> | undefined
  if (known !== undefined) return known
  const coming = PAGES[name]() as Promise<CodeOf<Name>>
  asked.set(name, coming)
  // React looks for these members. With them it shows a page at once, and without them a placeholder for 300 ms.
  coming.then(
    (value) => Object.assign(coming, { status: 'fulfilled', value }),
    (reason) => Object.assign(coming, { status: 'rejected', reason }),
  )
  return coming
}

/** Code that could not be loaded is asked for again at the next visit of its page. Before that React would ask without end. */
export function forgetFailures(): void {
  for (const [name, coming] of asked)
    if ('status' in coming && coming.status === 'rejected') asked.delete(name)
}

/** Loads the code of the page at this address, `#/jobs` for example, before the page is shown. */
export async function loadPage(hash: string): Promise<void> {
  const path = hash.replace(/^#/, '') || ROUTES.overview
  for (const name of PAGE_NAMES)
    if (new RegExp(`^${ROUTES[name].replace(/:\w+/, '[^/]+')}$`).test(path)) await codeOf(name)
}
