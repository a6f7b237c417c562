import { useDeferredValue } from 'react'
import { LinkButton } from '../../parts/button.tsx'
import { Page } from '../../parts/layout.tsx'
import { Loading } from '../../parts/states.tsx'
import { ROUTES } from '../../routes.ts'
import { texts } from '../../texts/texts.ts'
import { ActivityCard } from './activity-card.tsx'
import { HealthCard } from './health-card.tsx'
import { ExportsCard, FailuresCard } from './jobs-cards.tsx'
import styles from './overview.module.css'
import { StartCard } from './start-card.tsx'
import { UsersCard } from './users-card.tsx'

export default function Overview() {
  // On a slow computer the cards take a while. Heading and buttons are shown, and can be pressed, before them.
  const hasCards = useDeferredValue(true, false)
  const actions = (
    <>
      <LinkButton to={ROUTES.import}>{texts.overview.importUsers}</LinkButton>
      <LinkButton to={ROUTES.newExport} look="primary">
        {texts.overview.newExport}
      </LinkButton>
    </>
  )
  return (
    <Page title={texts.pages.overview} actions={actions}>
      {hasCards ? <Cards /> : <Loading lines={6} />}
    </Page>
  )
}

/** Each card asks by itself, so that a slow one does not hold the others. */
function Cards() {
  return (
    <>
      <StartCard />
      <div className={styles.cards}>
        <div className={styles.column}>
          <UsersCard />
          <ExportsCard />
        </div>
        <div className={styles.column}>
          <ActivityCard />
          <FailuresCard />
          <HealthCard />
        </div>
      </div>
    </>
  )
}
