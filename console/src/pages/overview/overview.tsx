import { LinkButton } from '../../parts/button.tsx'
import { Page } from '../../parts/layout.tsx'
import { ROUTES } from '../../routes.ts'
import { texts } from '../../texts/texts.ts'
import { ActivityCard } from './activity-card.tsx'
import { HealthCard } from './health-card.tsx'
import { ExportsCard, FailuresCard } from './jobs-cards.tsx'
import styles from './overview.module.css'
import { StartCard } from './start-card.tsx'
import { UsersCard } from './users-card.tsx'

/** Each card asks by itself, so that a slow one does not hold the others. */
export default function Overview() {
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
    </Page>
  )
}
