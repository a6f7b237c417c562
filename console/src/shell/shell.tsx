import { type ComponentType, Suspense, use, useEffect, useRef } from 'react'
import { Redirect, Route, Switch, useLocation } from 'wouter'
import { useSession } from '../api/session.tsx'
import { codeOf, PAGE_NAMES, type PageName } from '../pages/load-page.ts'
import { Button, LinkButton } from '../parts/button.tsx'
import { Page } from '../parts/layout.tsx'
import { Empty, Loading } from '../parts/states.tsx'
import { hrefOf, ROUTES } from '../routes.ts'
import { texts } from '../texts/texts.ts'
import { Boundary } from './boundary.tsx'
import styles from './shell.module.css'
import { ThemeChoice } from './theme.tsx'

const LINKS = [
  {
    to: ROUTES.overview,
    label: texts.pages.overview,
    icon: 'M3 12h7V3H3zm0 9h7v-7H3zm11 0h7v-9h-7zm0-18v7h7V3z',
  },
  { to: ROUTES.newExport, label: texts.pages.newExport, icon: 'M12 3v10m0 0 4-4m-4 4L8 9M4 17v4h16v-4' },
  { to: ROUTES.jobs, label: texts.pages.jobs, icon: 'M4 6h16M4 12h16M4 18h10' },
  { to: ROUTES.import, label: texts.pages.import, icon: 'M12 14V4m0 0 4 4m-4-4L8 8M4 17v4h16v-4' },
  {
    to: ROUTES.users,
    label: texts.pages.users,
    icon: 'M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zm-8 9c0-4 4-6 8-6s8 2 8 6',
  },
] as const

export function Shell() {
  const [location] = useLocation()
  const main = useRef<HTMLElement>(null)
  const shown = useRef(location)
  // After a change of the page a screen reader starts at the new page, and not at the link that was pressed.
  useEffect(() => {
    if (shown.current !== location) main.current?.focus()
    shown.current = location
  }, [location])
  return (
    <div className={styles.shell}>
      <button type="button" className={styles.skip} onClick={() => main.current?.focus()}>
        {texts.app.skip}
      </button>
      <Side location={location} />
      <main ref={main} id="content" className={styles.content} tabIndex={-1}>
        <Boundary key={location}>
          <Suspense fallback={<Loading lines={6} />}>
            <Switch>
              {PAGE_NAMES.map((name) => (
                <Route key={name} path={ROUTES[name]}>
                  {({ id = '' }: { id?: string }) => (
                    <PageOf key={id} name={name} id={decodeURIComponent(id)} />
                  )}
                </Route>
              ))}
              {/* Somebody who is signed in needs no link to sign in. */}
              <Route path={ROUTES.signIn}>
                <Redirect to={ROUTES.overview} replace />
              </Route>
              <Route component={UnknownPage} />
            </Switch>
          </Suspense>
        </Boundary>
      </main>
    </div>
  )
}

/** A page whose code is loaded when it is shown first. `id` is for the pages of one thing, and empty for others. */
function PageOf({ name, id }: { readonly name: PageName; readonly id: string }) {
  const Loaded: ComponentType<{ readonly id: string }> = use(codeOf(name)).default
  return <Loaded id={id} />
}

function Side({ location }: { readonly location: string }) {
  const { session, signOut } = useSession()
  return (
    <div className={styles.side}>
      <a className={styles.brand} href={hrefOf(ROUTES.overview)}>
        <Logo />
        {texts.app.name}
      </a>
      <nav className={styles.nav} aria-label={texts.app.navigation}>
        {LINKS.map(({ to, label, icon }) => (
          <a
            key={to}
            href={hrefOf(to)}
            className={styles.navLink}
            {...(isAt(location, to) ? { 'aria-current': 'page' as const } : {})}
          >
            <svg viewBox="0 0 24 24" width="20" height="20" aria-hidden="true" className={styles.icon}>
              <title>{label}</title>
              <path d={icon} />
            </svg>
            <span>{label}</span>
          </a>
        ))}
      </nav>
      <div className={styles.foot}>
        <ThemeChoice />
        <span className={styles.client}>{texts.app.signedInAs(session?.client_id ?? '')}</span>
        <Button isSmall onPress={() => void signOut()}>
          {texts.app.signOut}
        </Button>
      </div>
    </div>
  )
}

function isAt(location: string, to: string): boolean {
  return to === ROUTES.overview ? location === to : location === to || location.startsWith(`${to}/`)
}

function UnknownPage() {
  return (
    <Page title={texts.app.unknownPage}>
      <Empty title={texts.app.unknownPageHint}>
        <LinkButton to={ROUTES.overview}>{texts.app.toOverview}</LinkButton>
      </Empty>
    </Page>
  )
}

export function Logo() {
  return (
    <svg viewBox="0 0 32 32" width="28" height="28" aria-hidden="true" className={styles.logo}>
      <title>{texts.app.name}</title>
      <rect width="32" height="32" rx="7" />
      <path d="M9 7.6a2.4 2.4 0 1 1 0 4.8 2.4 2.4 0 0 1 0-4.8zm7 0a2.4 2.4 0 1 1 0 4.8 2.4 2.4 0 0 1 0-4.8zm7 0a2.4 2.4 0 1 1 0 4.8 2.4 2.4 0 0 1 0-4.8zM9 14.1a2.4 2.4 0 1 1 0 4.8 2.4 2.4 0 0 1 0-4.8zm7 0a2.4 2.4 0 1 1 0 4.8 2.4 2.4 0 0 1 0-4.8zm7 0a2.4 2.4 0 1 1 0 4.8 2.4 2.4 0 0 1 0-4.8zM6.6 22h18.8v2.4H6.6z" />
    </svg>
  )
}
