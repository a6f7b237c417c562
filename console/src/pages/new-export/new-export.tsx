import { Page } from '../../parts/layout.tsx'
import { Loading } from '../../parts/states.tsx'
import { texts } from '../../texts/texts.ts'

export default function NewExport() {
  return (
    <Page title={texts.pages.newExport}>
      <Loading />
    </Page>
  )
}
