import { ROUTES } from '../routes.ts'

/** The code of each page. It is loaded when the page is opened. */
export const PAGES = {
  overview: () => import('./overview/overview.tsx'),
  newExport: () => import('./new-export/new-export.tsx'),
  jobs: () => import('./jobs/jobs.tsx'),
  job: () => import('./job/job.tsx'),
  import: () => import('./import/import.tsx'),
  users: () => import('./users/users.tsx'),
  user: () => import('./users/user.tsx'),
} as const satisfies Partial<Record<keyof typeof ROUTES, unknown>>

/** Loads the code of the page at this address, `#/jobs` for example, before the page is shown. */
export async function loadPage(hash: string): Promise<void> {
  const path = hash.replace(/^#/, '') || ROUTES.overview
  for (const [name, load] of Object.entries(PAGES)) {
    const route = ROUTES[name as keyof typeof PAGES]
    if (new RegExp(`^${route.replace(/:\w+/, '[^/]+')}$`).test(path)) await load()
  }
}
