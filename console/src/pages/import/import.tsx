import { Page } from '../../parts/layout.tsx'
import { Loading } from '../../parts/states.tsx'
import { texts } from '../../texts/texts.ts'

export default function Import() {
  return (
    <Page title={texts.pages.import}>
      <Loading />
    </Page>
  )
}
